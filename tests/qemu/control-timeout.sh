# SPDX-License-Identifier: GPL-2.0
# Control of the rig: a guest that comes to no end is a failure, and the console
# says what its CPUs were at.
# vm: --timeout 60
# tier: test
# kernels: 6.1
# expect: timeout
# expect-line: CPU: [0-9]+ .*Comm: forever
[ "$(uname -m)" = x86_64 ] || {
	echo "skip: no keyboard on this machine, by which its CPUs are asked what they are at"
	exit 0
}
{
	echo '#!/bin/sh'
	echo 'while :; do :; done'
} >/tmp/forever
chmod +x /tmp/forever
/tmp/forever
