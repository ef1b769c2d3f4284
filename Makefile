# SPDX-License-Identifier: GPL-2.0
# A thin front to scripts/; Kbuild has the modules.

VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
KREL	:= $(or $(KVER),$(shell uname -r))
# A kernel of scripts/fetch only if it is named.
NAME	:= $(or $(KERNEL),running)
DESTDIR	?=
PREFIX	?= /usr

help:
	@echo 'make modules          build for the running kernel, or KERNEL=6.1|6.1-cloud|6.12|newest|...,'
	@echo '                      or KVER=release, or KDIR=path; into build/NAME/'
	@echo 'make demo             the main job: a source tree bigger than RAM, without and with'
	@echo 'make demo-remote      two guests and a memcached that has memory for both'
	@echo 'make demo-giveback    the page cache of an idle guest goes back to the host'
	@echo 'make test             user space, build matrix, KUnit and data integrity in QEMU;'
	@echo '                      KERNEL="6.1 6.12"; also'
	@echo '                      6.1-cloud, 6.12-trixie, newest, 5.10'
	@echo 'make test-more        guest tests that make test leaves out for time'
	@echo 'make test-debug       the same under KASAN, lockdep, kmemleak'
	@echo 'make test-deep        the long tests'
	@echo 'make matrix           every kernel: build, a short test of each part, and the table of'
	@echo '                      it in docs/testing.md'
	@echo 'make test-xen         PV and PVH guests of a real Xen 4.17, in QEMU'
	@echo 'make bench            figures'
	@echo 'make bench-programs   real programs beside zram and zswap: ARGS="--kernel 6.1 desktop full",'
	@echo '                      by default all of them, which takes hours'
	@echo 'make check            checkpatch, sparse, coccinelle, kernel-doc, layering'
	@echo 'make install          modules of KVER into /lib/modules, and the tools; DESTDIR=, PREFIX=,'
	@echo '                      SIGN_KEY= and SIGN_CERT=; make uninstall'
	@echo 'make dkms-install     modules through dkms, rebuilt with each kernel; make dkms-uninstall'
	@echo 'make install-tools    tmemctl, units, hooks and man pages, for modules by dkms'
	@echo 'make deb              Debian packages tmem-dkms and tmem-tools, in build/deb/'
	@echo 'make test-package     installs, upgrades and purges all that, in chroots'
	@echo 'make test-package-boot  the packages in Debian 12 and 13 with systemd, booted in QEMU'
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

demo-remote:
	@scripts/demo-remote

demo-giveback:
	@scripts/demo-giveback

bench:
	@scripts/bench/all

bench-programs:
	@scripts/bench/programs $(ARGS)

install:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install install '$(KREL)'

install-tools:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install tools '$(KREL)'

uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install uninstall '$(KREL)'

deb:
	@scripts/deb

test-package:
	@scripts/test-package

test-package-boot:
	@scripts/test-package-boot

dkms-install:
	@scripts/dkms install $(VERSION)

dkms-uninstall:
	@scripts/dkms uninstall $(VERSION)

clean:
	rm -rf build

.PHONY: help modules test test-more test-debug test-deep test-xen matrix check demo demo-remote demo-giveback bench bench-programs \
	install install-tools uninstall deb test-package test-package-boot dkms-install dkms-uninstall clean
