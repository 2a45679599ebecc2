package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees are what cryptsetup's {@code veritysetup} finds right, and the kernel after it. */
class HashTreeTest {
  private static final byte[] SALT = HexFormat.of().parseHex("a5".repeat(32));
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/sbin/veritysetup"), Path.of("/sbin/veritysetup"));

  @TempDir private Path folder;

  /** Blocks that differ, with zeroes between them. */
  private Path disk(int blocks) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(blocks * HashTree.BLOCK);
    Random random = new Random(blocks);
    for (int n = 0; n < blocks; n++) {
      byte[] block = new byte[HashTree.BLOCK];
      if (n % 3 != 1) {
        random.nextBytes(block);
      }
      data.put(block);
    }
    return Files.write(folder.resolve("disk.img"), data.array());
  }

  private static Path tool() {
    Path tool =
        PLACES.stream().filter(Files::isExecutable).findFirst().orElse(Path.of("veritysetup"));
    assumeTrue(Files.isExecutable(tool), "veritysetup is not installed");
    return tool;
  }

  private boolean run(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(tool().toString()));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile())
            .start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return process.exitValue() == 0;
  }

  private boolean verified(Path disk, HashTree tree, String root) throws Exception {
    String name = disk.toString();
    return run("verify", name, name, root, "--hash-offset=" + tree.data());
  }

  /** One block has no tree; 128 have one level, 129 two, and 16,385 three. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 128, 129, 300, 16_385})
  void veritysetupFindsATreeRight(int blocks) throws Exception {
    Path disk = disk(blocks);
    HashTree tree = HashTree.append(disk, SALT, Progress.SILENT);
    assertThat(tree.data()).isEqualTo((long) blocks * HashTree.BLOCK);
    assertThat(verified(disk, tree, tree.root())).as(() -> said(folder.resolve("said"))).isTrue();
  }

  /** Also what verify does not look at: the padding, the header's fields, and where it all ends. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 128, 129, 300, 16_385})
  void theFileIsByteForByteThatOfVeritysetup(int blocks) throws Exception {
    Path disk = disk(blocks);
    Path other = Files.copy(disk, folder.resolve("other.img"));
    HashTree tree = HashTree.append(disk, SALT, Progress.SILENT);
    boolean made =
        run(
            "format",
            other.toString(),
            other.toString(),
            "--hash-offset=" + tree.data(),
            "--data-blocks=" + blocks,
            "--salt=" + tree.salt(),
            "--uuid=a5a5a5a5-a5a5-a5a5-a5a5-a5a5a5a5a5a5");
    assertThat(made).as(() -> said(folder.resolve("said"))).isTrue();
    assertThat(said(folder.resolve("said"))).contains(tree.root());
    assertThat(Files.mismatch(disk, other)).isNegative();
  }

  private static String said(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  @Test
  void veritysetupRefusesAFlippedBitAndAnotherRoot() throws Exception {
    Path disk = disk(300);
    HashTree tree = HashTree.append(disk, SALT, Progress.SILENT);
    String other = (tree.root().startsWith("0") ? "1" : "0") + tree.root().substring(1);
    assertThat(verified(disk, tree, other)).isFalse();
    byte[] bytes = Files.readAllBytes(disk);
    for (int at : List.of(7 * HashTree.BLOCK, (300 + 2) * HashTree.BLOCK + 64)) {
      bytes[at] ^= 1;
      Files.write(disk, bytes);
      assertThat(verified(disk, tree, tree.root())).as("byte %d", at).isFalse();
      bytes[at] ^= 1;
    }
    Files.write(disk, bytes);
    assertThat(verified(disk, tree, tree.root())).isTrue();
  }

  /** Worked out by hand from the format: SHA-256 of the salt and the block. */
  @Test
  void theRootOfOneBlockIsItsDigest() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[HashTree.BLOCK]);
    HashTree tree = HashTree.append(disk, SALT, Progress.SILENT);
    var digest = Digest.sha256();
    digest.update(SALT);
    assertThat(tree.root()).isEqualTo(HexFormat.of().formatHex(digest.digest(new byte[4096])));
    assertThat(tree.parameter())
        .isEqualTo(
            "dm-mod.create=\"root,,,ro,0 8 verity 1 /dev/vda /dev/vda 4096 4096 1 2 sha256 %s %s\""
                .formatted(tree.root(), "a5".repeat(32)));
  }
}
