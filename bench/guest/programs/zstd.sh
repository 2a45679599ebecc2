# Packs a library and a text at two levels, and unpacks both again.
cat /usr/lib/riscv64-linux-gnu/libc.so.6 /usr/lib/riscv64-linux-gnu/libcrypto.so.3 /tmp/sources/* >/tmp/work/data
for level in 3 12; do
  zstd -q -T1 -$level -f -o /tmp/work/data.zst /tmp/work/data || exit
  zstd -q -dc /tmp/work/data.zst | busybox md5sum
  wc -c </tmp/work/data.zst
done
