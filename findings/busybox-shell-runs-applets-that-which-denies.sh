#!/bin/sh
# Guess: a wrapper in the first folder of PATH is what the shell of a rescue system or an initial RAM disk runs, as `which` says, and
#   what env, xargs and find -exec run.
# Behaviour: in Debian's static busybox all of these run busybox's own applet of that name, and PATH is not looked at; `which` names the
#   wrapper all the same. Only a path with a slash gets the wrapper.
# Version: busybox 1.37.0 (Debian 13, busybox-static 1:1.37.0-6+b9).
# Source: Debian's configuration of the static build sets FEATURE_SH_STANDALONE and FEATURE_PREFER_APPLETS: shell/ash.c looks for applets
#   before PATH, libbb/executable.c (BB_EXECVP) does so for the applets that run others; debianutils/which.c only searches PATH.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

needs_amd64
debian amd64
unpack "$work/root" busybox-static=1:1.37.0-6+b9

mkdir "$work/first"
printf '#!/bin/sh\necho wrapper\n' >"$work/first/uname"
chmod +x "$work/first/uname"

# in_shell COMMAND: its output in busybox's shell, with the wrapper's folder first in PATH
in_shell() { PATH=$work/first:/usr/bin:/bin timeout 20 "$work/root/usr/bin/busybox" sh -c "$1"; }

expect 'which uname' "$work/first/uname" "$(in_shell 'which uname')"
expect 'uname -s' Linux "$(in_shell 'uname -s')"
expect 'env uname -s' Linux "$(in_shell 'env uname -s')"
expect 'echo -s | xargs uname' Linux "$(in_shell 'echo -s | xargs uname')"
expect 'find . -exec uname -s' Linux "$(cd "$work/first" && in_shell 'find . -name uname -exec uname -s ";"')"
expect 'uname by its path' wrapper "$(in_shell "$work/first/uname -s")"
confirmed 'which names the wrapper, and the applet is run'
