# A stream of AES, digests of it, and primes and curves: all is determined by the numbers here.
key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
head -c 6000000 /dev/zero | openssl enc -aes-256-ctr -K $key -iv ${key#????????????????????????????????} >/tmp/work/stream || exit
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do openssl dgst -r -$digest /tmp/work/stream || exit; done
openssl enc -chacha20 -K $key -iv ${key#????????????????????????????????} -in /tmp/work/stream | openssl dgst -r -sha256 || exit
openssl prime -hex 1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
printf '%s' 302e020100300506032b657004220420$key | busybox xxd -r -p >/tmp/work/key || exit
for part in 1 2 3 4 5; do openssl pkeyutl -sign -rawin -inkey /tmp/work/key -keyform DER -in openssl.sh | openssl dgst -r -sha256 && echo $part || exit; done
