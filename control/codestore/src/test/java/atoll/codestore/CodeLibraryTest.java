package atoll.codestore;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.CodeStore;
import atoll.engine.CodeStore.Label;
import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pieces that are kept are found again as they were, or not at all. */
class CodeLibraryTest {
  private static final BuildId BUILD = new BuildId(1, 2, 3);
  private static final int PIECES = 40;

  @TempDir private Path folder;

  private CodeLibrary open() {
    return open(BUILD);
  }

  private CodeLibrary open(BuildId build) {
    return CodeLibrary.open(folder, build, Effects.host(), Clock.host()).orElseThrow();
  }

  /** What is kept for a number: different for each, and large enough for a file to be worth it. */
  private static byte[] piece(int number) {
    byte[] bytes = new byte[500 + 7 * number];
    new SplittableRandom(number).nextBytes(bytes);
    return bytes;
  }

  private static Label label(int number) {
    return new Label(1, 2 + 2 * (number & 63), number * 31L);
  }

  /** Few keys, so that chains are long. */
  private static long key(int number) {
    return number % 11 * 0x1_0000_0001L;
  }

  private static void keep(CodeLibrary library, int from, int to) {
    for (int i = from; i < to; i++) {
      library.keep(key(i), label(i), MemorySegment.ofArray(piece(i)), false);
    }
  }

  private void keep(int from, int to) {
    try (CodeLibrary library = open()) {
      keep(library, from, to);
    }
  }

  /** What is found for a number; null if nothing is. */
  private static byte[] find(CodeStore.Reader reader, int number) {
    reader.seek(key(number));
    while (reader.next()) {
      if (reader.hash() == label(number).hash() && reader.length() == label(number).length()) {
        MemorySegment found = reader.read();
        return found == null ? null : found.toArray(ValueLayout.JAVA_BYTE);
      }
    }
    return null;
  }

  /** How many are found; all others must not be. */
  private int found(int from, int to) {
    try (CodeLibrary library = open();
        CodeStore.Reader reader = library.reader()) {
      int count = 0;
      for (int i = from; i < to; i++) {
        byte[] piece = find(reader, i);
        if (piece != null) {
          assertThat(piece).isEqualTo(piece(i));
          count++;
        }
      }
      return count;
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void whatIsKeptIsFoundByLaterRuns() throws IOException {
    keep(0, PIECES);
    assertThat(found(0, PIECES)).isEqualTo(PIECES);
    assertThat(found(PIECES, 2 * PIECES)).isZero();
    assertThat(files()).hasSize(1);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(files().getFirst().getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void itIsFoundInTheSameProcessOnceItIsPublished() {
    try (CodeLibrary library = open()) {
      keep(library, 0, PIECES);
      assertThat(find(library.reader(), 5)).isNull();
      library.publish();
      assertThat(find(library.reader(), 5)).isEqualTo(piece(5));
    }
  }

  @Test
  void littleIsNotWorthAFile() throws IOException {
    keep(0, 3);
    assertThat(files()).isEmpty();
  }

  @Test
  void theLatestOfTwoIsFound() {
    Label same = label(0);
    try (CodeLibrary library = open()) {
      keep(library, 0, PIECES);
      library.keep(key(0), same, MemorySegment.ofArray(piece(77)), false);
    }
    assertThat(found(0, 1)).isEqualTo(1);
    try (CodeLibrary library = open()) {
      keep(library, PIECES, 2 * PIECES);
      library.keep(key(0), same, MemorySegment.ofArray(piece(77)), true);
    }
    try (CodeLibrary library = open()) {
      assertThat(find(library.reader(), 0)).isEqualTo(piece(77));
    }
  }

  @Test
  void manyFilesBecomeOne() throws IOException {
    for (int i = 0; i < 7; i++) {
      keep(i * PIECES, (i + 1) * PIECES);
      assertThat(files().size()).isBetween(1, 4);
    }
    assertThat(found(0, 7 * PIECES)).isEqualTo(7 * PIECES);
  }

  @Test
  void whatIsNotUsedGoesFirst() throws IOException {
    keep(0, PIECES);
    keep(PIECES, 2 * PIECES);
    CodeFolder own = new CodeFolder(folder, BUILD, Clock.host());
    List<CodeFile> files = own.open(BUILD, 9);
    CodeReader reader = new CodeReader(files);
    for (int i = 0; i < 10; i++) {
      assertThat(find(reader, i)).isNotNull();
    }
    CodeMerge.perform(files, own, BUILD, 20_000, "test");
    assertThat(found(0, 10)).isEqualTo(10);
    assertThat(found(10, PIECES)).isZero();
    assertThat(found(PIECES, 2 * PIECES)).isBetween(5, PIECES - 1);
  }

  @Test
  void anotherBuildHasItsOwnAndOldOnesGo() {
    keep(0, PIECES);
    for (int i = 0; i < 4; i++) {
      try (CodeLibrary other = open(new BuildId(9, i, i))) {
        assertThat(find(other.reader(), 5)).isNull();
        keep(other, 0, PIECES);
      }
    }
    assertThat(folder.toFile().list()).hasSize(3);
    assertThat(found(0, PIECES)).isZero();
  }

  @Test
  void aFileOfAnotherBuildIsNotTakenWhateverItsFolder() throws IOException {
    keep(0, PIECES);
    Path file = files().getFirst();
    try (CodeLibrary other = open(new BuildId(9, 9, 9))) {
      keep(other, PIECES, 2 * PIECES);
    }
    Path others = folder.resolve(new BuildId(9, 9, 9).name());
    Files.copy(file, others.resolve("0000000009-x.code"));
    try (CodeLibrary other = open(new BuildId(9, 9, 9))) {
      assertThat(find(other.reader(), 5)).isNull();
      assertThat(find(other.reader(), PIECES)).isEqualTo(piece(PIECES));
    }
  }

  @Test
  void aBitThatIsFlippedAnywhereIsNoticed() throws IOException {
    keep(0, PIECES);
    Path file = files().getFirst();
    byte[] sound = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(4);
    int lost = 0;
    for (int round = 0; round < 400; round++) {
      byte[] damaged = sound.clone();
      int at = round < 64 ? round : random.nextInt(damaged.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      lost += PIECES - found(0, PIECES); // which compares what is found
    }
    assertThat(lost).isGreaterThan(300);
  }

  @Test
  void aFileThatEndsTooSoonIsNotTaken() throws IOException {
    keep(0, PIECES);
    Path file = files().getFirst();
    byte[] sound = Files.readAllBytes(file);
    for (int length = 0; length < sound.length; length += 1 + length / 20) {
      Files.write(file, Arrays.copyOf(sound, length));
      assertThat(found(0, PIECES)).isZero();
    }
  }

  /** Whoever writes a file can make its checksums right. */
  @Test
  void hostileNumbersWithTheRightChecksumsAreHarmless() throws IOException {
    keep(0, PIECES);
    Path file = files().getFirst();
    byte[] sound = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(8);
    int[] values = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20, 1 << 30};
    for (int round = 0; round < 400; round++) {
      byte[] copy = sound.clone();
      ByteBuffer hostile = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
      int index = (int) hostile.getLong(CodeForm.AT_INDEX);
      boolean inHeader = random.nextBoolean();
      int words = (inHeader ? CodeForm.AT_INDEX_CHECK - 40 : sound.length - index) / 4;
      int at = (inHeader ? 40 : index) + 4 * random.nextInt(words);
      int value = values[random.nextInt(values.length)];
      hostile.putInt(random.nextInt(8) == 0 ? CodeForm.AT_COUNT : at, value);
      hostile.putInt(CodeForm.AT_INDEX_CHECK, check(hostile, index, sound.length - index));
      hostile.putInt(CodeForm.AT_HEADER_CHECK, check(hostile, 0, CodeForm.AT_HEADER_CHECK));
      Files.write(file, copy);
      found(0, PIECES);
    }
  }

  private static int check(ByteBuffer bytes, int from, int length) {
    CRC32 sum = new CRC32();
    sum.update(bytes.slice(from, length));
    return (int) sum.getValue();
  }

  @Test
  void whatManyWriteAtOnceIsAllFound() throws Exception {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int from = i * PIECES;
      writers.add(Thread.ofPlatform().start(() -> keep(from, from + PIECES)));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(found(0, 4 * PIECES)).isEqualTo(4 * PIECES);
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoError() throws IOException {
    Files.writeString(folder.resolve(BUILD.name()), "a file");
    try (CodeLibrary library =
        CodeLibrary.open(folder, BUILD, Effects.host(), Clock.host()).orElse(null)) {
      if (library != null) {
        keep(library, 0, PIECES);
        assertThat(find(library.reader(), 0)).isNull();
      }
    }
  }
}
