#!/bin/sh
# Guess: on a 9p mount utimensat() sets a file's times to the nanosecond, as a look at files there shows them, and as the message that
#   sets them (Tsetattr) has fields for it.
# Behaviour: the guest's kernel cuts the nanoseconds off before it sends them. What "touch -r", "cp -p" and "tar" restore is up to a
#   second older than the original, so that "make" and "rsync" take it for another file. Times that the server itself sets have them.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1), on QEMU 10.0.13's virtio-9p.
# Source: fs/attr.c, notify_change, cuts times by timestamp_truncate to the file system's s_time_gran; fs/super.c, alloc_super, begins
#   with 1,000,000,000 ns, and fs/9p/vfs_super.c never sets another.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"
# shellcheck source-path=SCRIPTDIR source=lib/guest disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/guest"

fetch_guest
for module in fs/netfs/netfs net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p; do
  cp "$work/riscv64/usr/lib/modules/6.12.117+deb13-riscv64/kernel/$module.ko.xz" "$work/guest"
done
mkdir "$work/share"
: >"$work/share/model"
touch -d '2001-09-09 01:46:40.123456789 UTC' "$work/share/model"

boot quiet -m 256M -fsdev "local,id=share,path=$work/share,security_model=none" \
  -device virtio-9p-pci,fsdev=share,mount_tag=share >"$work/console" <<'END'
for module in netfs 9pnet 9pnet_virtio 9p; do insmod /$module.ko.xz; done
mount -t 9p -o trans=virtio,version=9p2000.L share /mnt
: >/here
: >/mnt/there
touch -r /mnt/model /here
touch -r /mnt/model /mnt/there
stat -c 'seen: %y' /mnt/model
stat -c 'in memory: %y' /here
END
expect 'the time of a file of the host, seen in the guest' '2001-09-09 01:46:40.123456789' \
  "$(sed -n 's/^seen: \([^+]*[0-9]\) .*/\1/p' "$work/console")"
expect 'set on a file in memory' '2001-09-09 01:46:40.123456789' \
  "$(sed -n 's/^in memory: \([^+]*[0-9]\) .*/\1/p' "$work/console")"
expect 'set on a file of the mount, as the host has it' '2001-09-09 01:46:40.000000000' \
  "$(TZ=UTC stat -c %y "$work/share/there" | sed 's/ +0000$//')"
confirmed 'a 9p mount sets times in whole seconds'
