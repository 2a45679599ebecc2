# Packs a library and a text, and unpacks both again.
cat /usr/lib/riscv64-linux-gnu/libc.so.6 /tmp/sources/* | head -c 2500000 >/tmp/work/data
/usr/bin/xz -T1 -6 -k /tmp/work/data && md5() { busybox md5sum; } && /usr/bin/xz -dc /tmp/work/data.xz | md5 && wc -c </tmp/work/data.xz
