#!/bin/sh
# Guess: OpenPGPCertificate.getExpirationTime() gives the date that gpg shows for a key: 2035 for the automatic key of Debian 13's archive.
# Behaviour: it gives null, never, for this key, while it gives the subkey's date. Debian's automatic keys carry the date in the
#   self-signature of their user ID, as gpg writes it, and have direct-key signatures as well, without one. PGPPublicKey, the older
#   interface of the same library, knows: getValidSeconds() is ten years.
# Version: Bouncy Castle bcpg-jdk18on 1.87, on debian-archive-keyring 2025.1 (Debian 13).
# Source: org.bouncycastle.openpgp.api.OpenPGPCertificate: for the primary key a direct-key signature, where there is one, is taken before
#   that of the user ID, and a date that it does not have is not looked for elsewhere.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

jars "$work/jars" org.bouncycastle:bcpg-jdk18on:1.87 org.bouncycastle:bcprov-jdk18on:1.87 org.bouncycastle:bcutil-jdk18on:1.87
debian riscv64
unpack "$work/root" debian-archive-keyring=2025.1

cat >"$work/Expiry.java" <<'END'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.bc.BcPGPPublicKeyRing;

class Expiry {
  public static void main(String[] arguments) throws Exception {
    var keys = new BcPGPPublicKeyRing(PGPUtil.getDecoderStream(Files.newInputStream(Path.of(arguments[0]))));
    var certificate = new OpenPGPCertificate(keys);
    System.out.println("primary " + instant(certificate.getExpirationTime()));
    for (var subkey : certificate.getSubkeys().values()) {
      System.out.println("subkey " + instant(subkey.getKeyExpirationDateAt(new Date())));
    }
    System.out.println("seconds " + keys.getPublicKey().getValidSeconds());
  }

  private static Object instant(Date date) {
    return date == null ? "never" : date.toInstant();
  }
}
END
timeout 60 java -cp "$work/jars/*" "$work/Expiry.java" "$work/root/usr/share/keyrings/debian-archive-trixie-automatic.pgp" >"$work/said"

said() { sed -n "s/^$1 //p" "$work/said"; }

expect 'OpenPGPCertificate, primary key' never "$(said primary)"
expect 'OpenPGPCertificate, subkey' 2035-03-28T12:50:29Z "$(said subkey)"
expect 'PGPPublicKey, seconds that the primary key is valid' 315360000 "$(said seconds)"
confirmed 'a certificate with an expiry in its user ID says that it never expires'
