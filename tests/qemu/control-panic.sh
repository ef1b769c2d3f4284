# SPDX-License-Identifier: GPL-2.0
# Control of the rig: a panic is a failure, and ends the guest at once.
# tier: test
# kernels: 6.1
# expect: panic
# expect-line: sysrq triggered crash
echo c >/proc/sysrq-trigger
sleep 60
