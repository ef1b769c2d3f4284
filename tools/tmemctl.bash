# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# bash completion for tmemctl

_tmemctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} words=

	COMPREPLY=()
	case $COMP_CWORD:${COMP_WORDS[1]} in
	1:*)		words="status top doctor load unload swap empty prometheus --json --help --version" ;;
	2:swap)		words="on off status" ;;
	3:swap)		words="50% 1G 2G 4G 0" ;;
	4:swap)		words=$(compgen -f -- "$cur") ;;
	2:prometheus)	words=$(compgen -f -- "$cur") ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _tmemctl tmemctl
