#!/bin/sh
# Guess: when TarArchiveInputStream over XZCompressorInputStream says that there are no more entries, the compressed stream was read to
#   its end, index and footer of the xz format included.
# Behaviour: it reads to the end of the tar archive, in blocks of 10,240 bytes as tar writes it, and not one byte further. The
#   decompressor then has delivered all it has without having looked for an end: of data.tar.xz of Debian's keyring package 24 bytes
#   are unread, the index and the footer. One more read() returns -1 and takes them in. Whoever wants what xz checks there, or what
#   follows in the same stream, has to drain the decompressor after the last entry.
# Version: Apache Commons Compress 1.28.0, XZ for Java 1.12, on debian-archive-keyring 2025.1 (Debian 13).
# Source: TarArchiveInputStream.consumeRemainderOfLastBlock skips what is left of the last block; XZInputStream reads index and footer
#   only when a read meets the end of the last block.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

jars "$work/jars" org.apache.commons:commons-compress:1.28.0 org.tukaani:xz:1.12 commons-io:commons-io:2.20.0 \
  org.apache.commons:commons-lang3:3.18.0 commons-codec:commons-codec:1.19.0
debian riscv64
download debian-archive-keyring=2025.1

cat >"$work/Unread.java" <<'END'
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

class Unread {
  public static void main(String[] arguments) throws Exception {
    try (var members = new ArArchiveInputStream(Files.newInputStream(Path.of(arguments[0])))) {
      while (!members.getNextEntry().getName().equals("data.tar.xz")) {}
      var packed = new ByteArrayInputStream(members.readAllBytes());
      var unpacked = new XZCompressorInputStream(packed);
      var tar = new TarArchiveInputStream(unpacked);
      int entries = 0;
      while (tar.getNextEntry() != null) {
        entries++;
      }
      System.out.println("entries " + entries);
      System.out.println("unread " + packed.available());
      System.out.println("next " + unpacked.read());
      System.out.println("then-unread " + packed.available());
    }
  }
}
END
timeout 60 java -cp "$work/jars/*" "$work/Unread.java" "$work"/apt/packages/*.deb >"$work/said"

said() { sed -n "s/^$1 //p" "$work/said"; }

expect 'packed bytes unread after the last entry' 24 "$(said unread)"
expect 'what one more read() of the decompressor gives' -1 "$(said next)"
expect 'packed bytes unread after that' 0 "$(said then-unread)"
confirmed 'the index and the footer of xz are not read with the last entry'
