# SPDX-License-Identifier: GPL-2.0
# Control of the rig: a script that fails is a failure.
# tier: test
# kernels: 6.1
# expect: fail
# expect-line: ^failure: control-exit.sh ended with 3
exit 3
