# SPDX-License-Identifier: GPL-2.0
# A thin front to scripts/; Kbuild has the modules.

VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
KREL	:= $(or $(KVER),$(shell uname -r))
# The running kernel if its headers are there, else what the tests run.
NAME	:= $(or $(KERNEL),$(if $(or $(KDIR),$(wildcard /lib/modules/$(KREL)/build/Makefile)),running,6.1))
DESTDIR	?=

help:
	@echo 'make modules          build for the running kernel, or KERNEL=6.1|6.1-cloud|6.12|newest|...,'
	@echo '                      or KVER=release, or KDIR=path; into build/NAME/'
	@echo 'make demo             the main job: a source tree bigger than RAM, without and with'
	@echo 'make test             user space, build matrix, KUnit and data integrity in QEMU;'
	@echo '                      KERNEL="6.1 6.12"; also'
	@echo '                      6.1-cloud, 6.12-trixie, newest, 5.10'
	@echo 'make test-more        guest tests that make test leaves out for time'
	@echo 'make test-debug       the same under KASAN, lockdep, kmemleak'
	@echo 'make test-deep        the long tests'
	@echo 'make matrix           every kernel: build, a short test of each part, and the table of'
	@echo '                      it in the README'
	@echo 'make test-xen         PV and PVH guests of a real Xen 4.17, in QEMU'
	@echo 'make bench            figures'
	@echo 'make bench-programs   real programs beside zram and zswap: ARGS="--kernel 6.1 desktop full",'
	@echo '                      by default all of them, which takes hours'
	@echo 'make check            checkpatch, sparse, coccinelle, kernel-doc, layering'
	@echo 'make install          modules of KVER into /lib/modules; DESTDIR=; make uninstall'
	@echo 'make dkms-install     the same through dkms, rebuilt with each kernel'
	@echo 'make clean            removes build/; .cache/ (what was downloaded) stays'

modules:
	@scripts/build --production $(NAME)
	@echo 'modules are in build/$(NAME)$(if $(filter running,$(NAME)),,-production)/'

test:
	@scripts/test

test-more:
	@scripts/test --tier more

test-debug:
	@scripts/test --tier debug

test-deep:
	@scripts/test --tier deep

matrix:
	@scripts/matrix

test-xen:
	@scripts/test-xen

check:
	@scripts/check

demo:
	@scripts/demo

bench:
	@scripts/bench

bench-programs:
	@scripts/bench-programs $(ARGS)

install:
	@scripts/build running
	install -d $(DESTDIR)/lib/modules/$(KREL)/updates/tmem
	install -m 644 build/running/*.ko $(DESTDIR)/lib/modules/$(KREL)/updates/tmem
	$(if $(DESTDIR),,depmod $(KREL))

uninstall:
	rm -rf $(DESTDIR)/lib/modules/$(KREL)/updates/tmem
	$(if $(DESTDIR),,depmod $(KREL))

dkms-install:
	@scripts/dkms install $(VERSION)

dkms-uninstall:
	@scripts/dkms uninstall $(VERSION)

clean:
	rm -rf build

.PHONY: help modules test test-more test-debug test-deep test-xen matrix check demo bench bench-programs install \
	uninstall dkms-install dkms-uninstall clean
