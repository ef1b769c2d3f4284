#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# dracut sources this: before the root file system is mounted
[ ! -x /usr/sbin/tmemctl ] || sh /usr/sbin/tmemctl load initramfs || :
