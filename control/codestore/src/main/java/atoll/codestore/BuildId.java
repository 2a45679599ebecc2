package atoll.codestore;

import atoll.engine.software.Translator;
import atoll.host.HostProcessor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Adler32;
import java.util.zip.CRC32;

/**
 * The build of the translator, by its own code: what one build has translated is not for another.
 *
 * @param bytes of it
 * @param first a checksum of it
 * @param second another one
 */
record BuildId(long bytes, long first, long second) {
  /** The build that runs; nothing if it cannot be told. */
  static Optional<BuildId> running() {
    return Running.ID;
  }

  /** Found out once. */
  private static final class Running {
    static final Optional<BuildId> ID = ofRunning();
  }

  private static Optional<BuildId> ofRunning() {
    try {
      return Optional.of(of(Translator.origins()));
    } catch (IOException | UncheckedIOException | URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** Of code in files, in folders, or in the run-time image. */
  static BuildId of(List<URL> origins) throws IOException, URISyntaxException {
    Sum sum = new Sum();
    sum.add(HostProcessor.architecture().getBytes(StandardCharsets.UTF_8));
    for (URL origin : origins) {
      if (origin.getProtocol().equals("jrt")) {
        sum.addImage();
      } else {
        sum.add(Path.of(origin.toURI()));
      }
    }
    return sum.id();
  }

  /** A name for a folder. */
  String name() {
    return "%x-%08x%08x".formatted(bytes, first, second);
  }

  private static final class Sum {
    private final CRC32 first = new CRC32();
    private final Adler32 second = new Adler32();
    private long bytes;

    void add(byte[] part) {
      first.update(part);
      second.update(part);
      bytes += part.length;
    }

    void add(Path part) throws IOException {
      if (!Files.isDirectory(part)) {
        add(Files.readAllBytes(part));
        return;
      }
      try (Stream<Path> files = Files.walk(part)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          add(part.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
          add(Files.readAllBytes(file));
        }
      }
    }

    /**
     * An image is made as a whole, and has 50 MB: its size, its date and what it says of itself.
     */
    void addImage() throws IOException {
      Path home = Path.of(System.getProperty("java.home"));
      Path image = home.resolve("lib").resolve("modules");
      String what =
          "%d %s %s"
              .formatted(
                  Files.size(image),
                  Files.getLastModifiedTime(image),
                  System.getProperty("atoll.source", ""));
      add(what.getBytes(StandardCharsets.UTF_8));
      add(Files.readAllBytes(home.resolve("release")));
    }

    BuildId id() {
      return new BuildId(bytes, first.getValue(), second.getValue());
    }
  }
}
