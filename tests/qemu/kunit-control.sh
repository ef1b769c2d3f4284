# SPDX-License-Identifier: GPL-2.0
# KUnit and the shim of it give the verdicts they should, the same ones.
# tier: test debug
# kernels: 6.1 6.12
# vm: --suite
# vm-debug: --mem 512
dmesg -c >/dev/null
insmod /suite/kunit_control.ko || exit
dmesg | sed 's/^\[ *[0-9.]*\] //' | tee /tmp/log | grep -E '^ *(ok|not ok) ' >/tmp/got
rmmod kunit_control || exit

cat >/tmp/want <<'WANT'
    ok 1 passes
    not ok 2 fails_eq
    not ok 3 fails_streq
    not ok 4 fails_memeq
    not ok 5 fails_true
    not ok 6 fails_null
    not ok 7 fails_ptr
    not ok 8 fails_by_itself
    not ok 9 assert_ends
    ok 10 assert_ended
    ok 11 skips # SKIP on purpose
        ok 1 n1
        not ok 2 n2
    not ok 12 param_is_one
not ok 1 control
not ok 2 never
WANT
diff /tmp/want /tmp/got && exit
cat /tmp/log
exit 1
