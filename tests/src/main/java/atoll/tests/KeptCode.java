package atoll.tests;

import atoll.codestore.CodeLibrary;
import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** A folder with translated code of the runs before, and what can happen to it in between. */
final class KeptCode implements AutoCloseable {
  /** What a run finds of the code of earlier ones. */
  enum State {
    /** Nothing is kept. */
    NONE,
    /** An empty folder, which the run fills. */
    COLD,
    /** What the same program has left there. */
    WARM,
    /** The same with flipped bits. */
    CORRUPTED
  }

  private static final int MOST_BITS = 40;

  private final Path folder;

  KeptCode() throws IOException {
    folder = Files.createTempDirectory("atoll-kept");
  }

  /** The library in a folder, for one run; what is new is there once it is closed. */
  static CodeLibrary open(Path folder) {
    return CodeLibrary.open(folder, Effects.host(), Clock.host())
        .orElseThrow(() -> new IllegalStateException("no code can be kept in " + folder));
  }

  CodeLibrary open() {
    return open(folder);
  }

  /** Flips some bits in each file. */
  void damage(SplittableRandom random) throws IOException {
    for (Path file : files(folder)) {
      damage(file, 1 + random.nextInt(MOST_BITS), random);
    }
  }

  static void damage(Path file, int bits, SplittableRandom random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bits; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    Files.write(file, bytes);
  }

  /** The files in a folder and below it. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
