#!/bin/sh
# Guess: with msize=524288 a 9p mount moves up to half a MiB in a request, so reading 1 MiB with one read() takes two or three requests.
# Behaviour: with cache=none (the default) each request asks for 4,096 bytes whatever msize is: 256 for the MiB, and one for the end.
#   With cache=loose the same mount asks for 507,904 bytes (the transport allows 512,000, less the header, in whole pages): 3 requests.
# Version: Linux 6.12.117 (Debian 13, linux-image-6.12.117+deb13-riscv64 6.12.117-1), on QEMU 10.0.13's virtio-9p.
# Source: fs/netfs/direct_read.c turns the reader's buffer into a vector of pages (netfs_extract_user_iter); net/9p/client.c,
#   p9_client_read_once, has it mapped for zero copy by p9_get_mapped_pages of net/9p/trans_virtio.c, which takes what one
#   iov_iter_get_pages_alloc2 gives: of such a vector the first piece, a page.
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
head -c 1048576 /dev/zero >"$work/share/file"

# requests CACHE: mounts with this cache and reads the file with one read(); the sizes of the requests are in $work/sizes
requests() {
  boot quiet -m 256M -fsdev "local,id=share,path=$work/share,security_model=none,readonly=on" \
    -device virtio-9p-pci,fsdev=share,mount_tag=share -trace v9fs_read -D "$work/trace" >"$work/console" <<END
for module in netfs 9pnet 9pnet_virtio 9p; do insmod /\$module.ko.xz; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=$1 share /mnt
dd if=/mnt/file of=/dev/null bs=1M
END
  grep -q '^1+0 records in' "$work/console" || {
    tail -n 20 "$work/console"
    echo 'the file could not be read'
    exit 1
  }
  sed -n 's/.* max_count \([0-9]*\)$/\1/p' "$work/trace" >"$work/sizes"
  sort -n "$work/sizes" | uniq -c
}

requests none
expect 'requests with cache=none' 257 "$(wc -l <"$work/sizes" | tr -d ' ')"
expect 'their sizes' 4096 "$(sort -u "$work/sizes")"
requests loose
expect 'requests with cache=loose' 3 "$(wc -l <"$work/sizes" | tr -d ' ')"
confirmed 'a mount without a cache reads 4,096 bytes a request, whatever msize is'
