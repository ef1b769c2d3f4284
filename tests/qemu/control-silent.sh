# SPDX-License-Identifier: GPL-2.0
# Control of the rig: a guest that goes without a word is a failure.
# tier: test
# kernels: 6.1
# expect: silence
# expect-line: reboot: Power down
poweroff -f
sleep 60
