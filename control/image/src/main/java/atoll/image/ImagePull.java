package atoll.image;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Takes a disk image that was made elsewhere among the images: fetches it, verifies it if anybody
 * says what it must be, and makes a raw disk of it. What has come stays until that is done, so that
 * an interrupted pull goes on.
 */
public final class ImagePull {
  /** Lists of checksums beside images, the strongest first; %s is the image's file. */
  private static final List<String> LISTS =
      List.of("SHA512SUMS", "SHA256SUMS", "%s.sha512", "%s.sha256", "%s.sha512sum", "%s.sha256sum");

  /** Bytes of a list; that of a whole release has some 20,000. */
  private static final int LONGEST_LIST = 4 << 20;

  /** What was interrupted, and is not gone on with. */
  private static final Duration OLD = Duration.ofDays(30);

  private static final int ID_SHOWN = 12;

  private final ImageStore store;
  private final HttpClient client;
  private final Transfer transfer;
  private final Progress progress;
  private final Clock clock;

  /**
   * What a user wants.
   *
   * @param address of the image, or a file
   * @param name of the image here; otherwise that of the file
   * @param checksum that the file has to have
   * @param again whether it is fetched though it is there
   */
  public record Request(
      String address, Optional<String> name, Optional<Checksum> checksum, boolean again) {}

  /** A checksum, and who says that it has to be this. */
  private record Promise(Checksum checksum, String by) {}

  /**
   * @param environment by name; null where not set
   */
  public ImagePull(
      ImageStore store,
      UnaryOperator<String> environment,
      Clock clock,
      Tasks tasks,
      Progress progress) {
    this.store = store;
    this.clock = clock;
    this.progress = progress;
    client = WebClient.of(environment);
    transfer = new Transfer(client, clock, tasks, progress);
  }

  /**
   * The image, unless it is there already.
   *
   * @throws RefusedException if it cannot be had, or is not what it must be
   */
  public ImageFiles pull(Request request) {
    ImageAddress address = ImageAddress.parse(request.address());
    String name = name(request, address);
    Optional<Promise> promise =
        request
            .checksum()
            .map(checksum -> new Promise(checksum, PulledFrom.USER))
            .or(() -> beside(address));
    Optional<ImageFiles> there =
        request.again() ? Optional.empty() : present(name, address, promise);
    return there.isPresent() ? there.get() : pull(address, name, promise);
  }

  private static String name(Request request, ImageAddress address) {
    String name =
        request
            .name()
            .or(address::imageName)
            .orElseThrow(() ->
                new RefusedException(
                    "no name comes of '%s'; give the image one with --name"
                        .formatted(address.fileName())));
    if (!Recipe.NAME.matcher(name).matches() || name.equals("linux") || name.equals("hello")) {
      throw new RefusedException(
          "an image cannot be called '%s'; give up to 31 lower-case letters, digits and hyphens, a letter first, and neither linux nor hello"
              .formatted(name));
    }
    return name;
  }

  private Optional<ImageFiles> present(
      String name, ImageAddress address, Optional<Promise> promise) {
    return store
        .find(name)
        .filter(image ->
            image
                .manifest()
                .pulled()
                .filter(from ->
                    promise
                        .map(wanted ->
                            from.says().isPresent() && wanted.checksum.equals(from.checksum()))
                        .orElseGet(() -> from.address().equals(address.toString())))
                .isPresent());
  }

  private ImageFiles pull(ImageAddress address, String name, Optional<Promise> promise) {
    Path pulls = store.pulls();
    try {
      Files.createDirectories(pulls);
      try (CacheLock lock = CacheLock.acquire(pulls, progress)) {
        assert lock.held();
        return pull(address, name, promise, new PulledFile(address, pulls, transfer, progress));
      }
    } catch (IOException e) {
      throw new RefusedException(
          "the image %s cannot be kept: %s; check the folder %s and the space there"
              .formatted(name, HostException.reason(e), pulls.getParent()),
          e);
    }
  }

  private ImageFiles pull(
      ImageAddress address, String name, Optional<Promise> promise, PulledFile file)
      throws IOException {
    long start = clock.nanos();
    file.removeOthers(now().minus(OLD));
    Path whole = file.whole(promise.isPresent());
    Checksum found = Checksum.of(algorithm(promise), whole, progress);
    if (broken(promise, found) && file.resumed()) {
      // What an earlier run has left may be the fault; a fresh copy decides.
      file.remove();
      whole = file.whole(true);
      found = Checksum.of(algorithm(promise), whole, progress);
    }
    if (broken(promise, found)) {
      file.remove();
      throw new RefusedException(
          "%s is not what %s says: it has %s, expected %s; do not use it, and ask where it comes from"
              .formatted(address, promise.get().by, found, promise.get().checksum.hex()));
    }
    PulledFrom from = new PulledFrom(address.toString(), found, promise.map(Promise::by));
    ImageFiles made = make(whole, name, from, start);
    file.remove();
    return made;
  }

  private static Checksum.Algorithm algorithm(Optional<Promise> promise) {
    return promise.map(wanted -> wanted.checksum.algorithm()).orElse(Checksum.Algorithm.SHA256);
  }

  private static boolean broken(Optional<Promise> promise, Checksum found) {
    return promise.isPresent() && !promise.get().checksum.equals(found);
  }

  private Instant now() {
    return Instant.EPOCH.plusNanos(clock.epochNanos());
  }

  private ImageFiles make(Path file, String name, PulledFrom from, long start) throws IOException {
    try (ImageStore.Draft draft = store.begin()) {
      Path image = Files.createDirectory(draft.folder().resolve("image"));
      Path disk = image.resolve(ImageManifest.DISK);
      new DiskUnpacking(from.address(), draft.folder(), progress).unpack(file, disk);
      String digest = SparseFile.digest(disk, Progress.SILENT);
      Digest id = new Digest();
      id.add(digest.getBytes(StandardCharsets.US_ASCII));
      return draft.finish(
          image,
          ImageManifest.pulled(
              name,
              id.text().substring(0, ID_SHOWN),
              from,
              now(),
              Duration.ofSeconds(Duration.ofNanos(clock.nanos() - start).toSeconds()),
              Files.size(disk),
              digest));
    }
  }

  /** What a list beside the image says of it; lists that cannot be had say nothing. */
  private Optional<Promise> beside(ImageAddress address) {
    for (String list : LISTS) {
      ImageAddress beside = address.beside(list);
      Optional<Checksum> says =
          text(beside).flatMap(text -> ChecksumList.find(text, address.fileName()));
      if (says.isPresent()) {
        return Optional.of(new Promise(says.get(), beside.fileName()));
      }
    }
    return Optional.empty();
  }

  private Optional<String> text(ImageAddress list) {
    try {
      Optional<byte[]> bytes =
          list.uri().isPresent()
              ? WebClient.get(client, list.uri().get())
              : list.file().filter(Files::isRegularFile).map(ImagePull::bytes);
      return bytes.map(text -> new String(text, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static byte[] bytes(Path list) {
    try (InputStream in = Files.newInputStream(list)) {
      return in.readNBytes(LONGEST_LIST);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
