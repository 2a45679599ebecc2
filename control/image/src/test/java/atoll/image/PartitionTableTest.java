package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables as UEFI describes them, and as sfdisk reads them. */
class PartitionTableTest {
  private static final Path SFDISK = Path.of("/usr/sbin/sfdisk");
  private static final long SIZE = 300L << 20;

  @TempDir private Path folder;

  private Path disk() throws IOException {
    Path disk = folder.resolve("disk.img");
    UefiDisk.create(disk, SIZE, "seed");
    return disk;
  }

  private String sfdisk(String option, Path disk) throws IOException, InterruptedException {
    assumeTrue(Files.exists(SFDISK), "sfdisk is not installed");
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(SFDISK.toString(), option, disk.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(said);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  @Test
  void otherToolsFindNoFaultInIt() throws IOException, InterruptedException {
    assertThat(sfdisk("--verify", disk())).contains("No errors detected", "Using 2 out of 128");
  }

  @Test
  void otherToolsReadWhatIsInIt() throws IOException, InterruptedException {
    assertThat(sfdisk("--dump", disk()))
        .contains(
            "label: gpt",
            "first-lba: 34",
            "start=        2048, size=      262144, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
            "name=\"EFI\"",
            "start=      264192, size=      348160, type=72EC70A6-CF74-40E6-BD49-4BDA08E8F224",
            "name=\"root\"");
  }

  private static int crc(ByteBuffer bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  @Test
  void bothHeadersAreTrueAndNameOneAnother() throws IOException {
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(disk())).order(ByteOrder.LITTLE_ENDIAN);
    long last = SIZE / 512 - 1;
    assertThat(all.getShort(510)).isEqualTo((short) 0xaa55);
    assertThat(all.get(450)).isEqualTo((byte) 0xee);
    for (long[] place : new long[][] {{1, last}, {last, 1}}) {
      int at = (int) place[0] * 512;
      byte[] signature = new byte[8];
      all.get(at, signature);
      assertThat(new String(signature, StandardCharsets.US_ASCII)).isEqualTo("EFI PART");
      assertThat(all.getLong(at + 24)).isEqualTo(place[0]);
      assertThat(all.getLong(at + 32)).isEqualTo(place[1]);
      assertThat(all.getInt(at + 88))
          .isEqualTo(crc(all, (int) all.getLong(at + 72) * 512, 128 * 128));
      int said = all.getInt(at + 16);
      all.putInt(at + 16, 0);
      assertThat(said).isEqualTo(crc(all, at, 92));
    }
  }

  @Test
  void equalSeedsGiveEqualDisks() throws IOException {
    Path other = folder.resolve("other.img");
    UefiDisk.create(other, SIZE, "seed");
    assertThat(Files.mismatch(disk(), other)).isEqualTo(-1);
  }

  @Test
  void partitionsAreOnTheDisk() {
    long sectors = 10_000;
    long most = PartitionTable.lastUsable(sectors);
    assertThat(table(sectors, 34, most).partitions()).hasSize(1);
    for (long[] wrong : new long[][] {{33, 50}, {50, 49}, {34, most + 1}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table(sectors, wrong[0], wrong[1]))
          .withMessageContaining("is not on a disk of 10000 sectors");
    }
  }

  private static PartitionTable table(long sectors, long first, long last) {
    UUID id = new UUID(1, 2);
    return new PartitionTable(
        id, sectors, List.of(new PartitionTable.Partition("x", id, id, first, last)));
  }
}
