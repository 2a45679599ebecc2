package atoll.image;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The file of an image that is pulled: where the user has it, or fetched into a folder, whole or as
 * far as it has come, with a record of what the server said of it. A file that has been changed
 * there meanwhile is begun anew.
 */
final class PulledFile {
  private static final Transfer.Wording WORDING =
      new Transfer.Wording() {
        @Override
        public String otherLength(URI from, long found, long expected) {
          return "%s has %d bytes, and had %d when it was begun; it is being changed: start again"
              .formatted(from, found, expected);
        }

        @Override
        public String refusal(URI from, int status) {
          return "the server answers %d for %s%s; check the address"
              .formatted(status, from, status / 100 == 3 ? ", which leads away from https" : "");
        }
      };

  private static final int ID_SHOWN = 12;
  private static final String PART = ".part";
  private static final String RECORD = ".json";

  private final ImageAddress address;
  private final Path folder;
  private final Transfer transfer;
  private final Progress progress;
  private final String id;
  private boolean resumed;

  /**
   * @param folder of what is fetched; nobody else uses it meanwhile
   */
  PulledFile(ImageAddress address, Path folder, Transfer transfer, Progress progress) {
    this.address = address;
    this.folder = folder;
    this.transfer = transfer;
    this.progress = progress;
    Digest digest = new Digest();
    digest.add(address.toString().getBytes(StandardCharsets.UTF_8));
    id = digest.text().substring(0, ID_SHOWN);
  }

  /** Whether an earlier run, or an earlier try, has left something that was gone on with. */
  boolean resumed() {
    return resumed;
  }

  private Path file(String end) {
    String name = address.fileName().replaceAll("[^A-Za-z0-9._-]", "_");
    return folder.resolve(id + "-" + name + end);
  }

  /**
   * The whole file.
   *
   * @param verifiable whether a checksum will tell if parts of two versions have come together
   * @throws RefusedException if it cannot be had; what has come stays
   */
  Path whole(boolean verifiable) throws IOException {
    if (address.file().isPresent()) {
      return readable(address.file().get());
    }
    Transfer.Source source = transfer.look(address.uri().orElseThrow(), WORDING);
    if (source.size().orElse(1) == 0) {
      throw new RefusedException("%s is empty; check the address".formatted(address));
    }
    boolean same =
        (verifiable || !source.version().isEmpty())
            && record(source).equals(FlatJson.read(file(RECORD)));
    if (!same) {
      remove();
      FlatJson.write(file(RECORD), record(source));
    }
    Path whole = file("");
    resumed = same && (Files.exists(whole) || Files.exists(file(PART)));
    if (!Files.exists(whole)) {
      fetch(source, whole);
    }
    return whole;
  }

  private static Path readable(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new RefusedException(
          "%s is not a file that can be read; check the path".formatted(file));
    }
    return file;
  }

  private void fetch(Transfer.Source source, Path whole) {
    Path part = file(PART);
    progress.begin("fetching " + address.fileName(), source.size().orElse(0));
    try {
      transfer.complete(source, part, WORDING);
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Download.unwritable(part, e);
    } finally {
      progress.end();
    }
  }

  private Map<String, String> record(Transfer.Source source) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("address", address.toString());
    fields.put("size", text(source.size()));
    fields.put("version", source.version());
    return fields;
  }

  private static String text(OptionalLong size) {
    return size.isPresent() ? String.valueOf(size.getAsLong()) : "";
  }

  /** Removes what was fetched. */
  void remove() throws IOException {
    for (String end : List.of("", PART, RECORD)) {
      if (address.uri().isPresent()) {
        Files.deleteIfExists(file(end));
      }
    }
  }

  /** Removes what was fetched from other addresses, and last before some time. */
  void removeOthers(Instant before) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(each -> each.getFileName().toString().matches("[0-9a-f]{12}-.*")).toList();
    }
    for (Path each : files) {
      boolean own = each.getFileName().toString().startsWith(id);
      if (!own && Files.getLastModifiedTime(each).toInstant().isBefore(before)) {
        Files.deleteIfExists(each);
      }
    }
  }
}
