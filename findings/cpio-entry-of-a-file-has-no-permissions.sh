#!/bin/sh
# Guess: CpioArchiveEntry(File, String) describes the file as far as Java knows it, and at least gives it permissions that let it be read,
#   as TarArchiveEntry of the same library does (0644).
# Behaviour: its mode is 0100000, a regular file that nobody may read, write or execute, though the file has 0755. Archivers run by root
#   hide it; a kernel that unpacks such an archive as its initial RAM disk refuses to run /init ("error -13").
# Version: Apache Commons Compress 1.28.0.
# Source: CpioArchiveEntry's constructors for File and Path set nothing but C_ISREG or C_ISDIR.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

jars "$work/jars" org.apache.commons:commons-compress:1.28.0 commons-io:commons-io:2.20.0 org.apache.commons:commons-lang3:3.18.0 \
  commons-codec:commons-codec:1.19.0

cat >"$work/Modes.java" <<'END'
import java.io.File;
import java.io.FileOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

class Modes {
  public static void main(String[] arguments) throws Exception {
    var file = new File(arguments[0]);
    try (var archive = new CpioArchiveOutputStream(new FileOutputStream(arguments[1]))) {
      archive.putArchiveEntry(new CpioArchiveEntry(file, "init"));
      archive.closeArchiveEntry();
    }
    System.out.printf("tar %07o%n", new TarArchiveEntry(file, "init").getMode());
  }
}
END
: >"$work/init"
chmod 0755 "$work/init"
timeout 60 java -cp "$work/jars/*" "$work/Modes.java" "$work/init" "$work/archive" >"$work/said"

# The new ASCII format: magic, inode and mode, the latter two of eight hexadecimal digits
field=$(head -c 22 "$work/archive" | tail -c 8)
expect 'mode of the file' 100755 "$(printf '%o' "0x$(stat -c %f "$work/init")")"
expect 'mode in the cpio archive' 0100000 "$(printf '%07o' "0x$field")"
expect 'mode of a tar entry of the file' 0100644 "$(sed -n 's/^tar //p' "$work/said")"
confirmed 'the cpio entry of a file permits nothing to anybody'
