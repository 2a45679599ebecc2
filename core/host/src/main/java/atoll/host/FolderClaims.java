package atoll.host;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which folders this user's processes use, and which of them somebody has for itself: a file for
 * each who does, locked as long as its owner lives. A folder is what is in it, so what is below one
 * belongs to whoever has that one.
 */
final class FolderClaims {
  private static final String CLAIM = "folders-";
  private static final String DRAFT = ".new-";
  private static final String ALONE = "alone";
  private static final Predicate<String> USE =
      Pattern.compile("(alone|shared) \\S+ file:\\S+").asMatchPredicate();
  private static final long LOCK = 0;

  private final Path claims;

  FolderClaims(Path claims) {
    this.claims = claims;
  }

  /**
   * A use as it is compared and written down, in one line.
   *
   * @param key which folder it is, whatever leads to it
   * @param path without links
   */
  private record Known(boolean alone, String key, Path path) {
    static Known of(HostClaims.FolderUse use) throws IOException {
      return new Known(use.alone(), HostClaims.key(use.folder()), use.folder().toRealPath());
    }

    static Known read(String line) {
      String[] words = line.split(" ", 3);
      return new Known(words[0].equals(ALONE), words[1], Path.of(URI.create(words[2])));
    }

    String written() {
      return "%s %s %s\n".formatted(alone ? ALONE : "shared", key, path.toUri());
    }

    boolean excludes(Known other) {
      boolean overlap = path.startsWith(other.path) || other.path.startsWith(path);
      return (alone || other.alone) && (overlap || key.equals(other.key));
    }

    String refusal(Known wanted, String owner) {
      return "%s is in use by %s, which %s; end that one, or give another"
          .formatted(
              wanted.path, owner, (alone ? "has %s for itself" : "shares %s").formatted(path));
    }
  }

  /** The file of somebody, which is there and locked until it is closed. */
  private record Held(Path file, Optional<HostFile> lock) implements AutoCloseable {
    @Override
    public void close() {
      remove(file);
      lock.ifPresent(HostFile::close);
    }
  }

  /**
   * First all write down what they use and then they look, so of two that come at the same time one
   * gets in at most.
   *
   * @throws HostException if somebody else uses one so that both cannot be
   * @throws IOException if nobody can know
   */
  AutoCloseable take(List<HostClaims.FolderUse> uses, String owner) throws IOException {
    List<Known> wanted = new ArrayList<>();
    for (HostClaims.FolderUse use : uses) {
      wanted.add(Known.of(use));
    }
    Held own = publish(owner, wanted);
    boolean taken = false;
    try {
      requireFree(wanted, own.file);
      taken = true;
      return own;
    } finally {
      if (!taken) {
        own.close();
      }
    }
  }

  /** Under its name it is there only once it is locked: others remove what nobody has locked. */
  private Held publish(String owner, List<Known> uses) throws IOException {
    StringBuilder text = new StringBuilder(owner).append('\n');
    uses.forEach(use -> text.append(use.written()));
    Path path = Files.createTempFile(claims, DRAFT, "");
    Path file = claims.resolve(CLAIM + path.getFileName().toString().substring(DRAFT.length()));
    Held draft = new Held(path, HostFile.open(path, true));
    try {
      Files.writeString(path, text, StandardCharsets.UTF_8);
      if (draft.lock.isPresent()) {
        boolean ignored = draft.lock.get().shareLock(LOCK);
      }
      Files.move(path, file, StandardCopyOption.ATOMIC_MOVE);
      return new Held(file, draft.lock);
    } catch (IOException e) {
      draft.close();
      throw e;
    }
  }

  private void requireFree(List<Known> wanted, Path own) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(claims, CLAIM + "*")) {
      for (Path file : all) {
        if (!file.equals(own)) {
          requireFree(wanted, lines(file));
        }
      }
    }
  }

  private static void requireFree(List<Known> wanted, List<String> claim) {
    claim.stream()
        .filter(USE)
        .map(Known::read)
        .forEach(theirs ->
            wanted.stream()
                .filter(theirs::excludes)
                .findFirst()
                .ifPresent(mine -> {
                  throw new HostException(theirs.refusal(mine, claim.getFirst()));
                }));
  }

  /** What somebody who lives has written down; the file of one who does not is removed. */
  private static List<String> lines(Path file) throws IOException {
    try {
      Optional<HostFile> look = HostFile.open(file, false);
      try {
        if (look.isPresent() && look.get().lockedByOthers(LOCK)) {
          return Files.readAllLines(file, StandardCharsets.UTF_8);
        }
      } finally {
        look.ifPresent(HostFile::close);
      }
      remove(file);
    } catch (IOException e) {
      if (Files.exists(file)) { // otherwise its owner has just ended
        throw e;
      }
    }
    return List.of();
  }

  private static void remove(Path file) {
    try {
      boolean ignored = Files.deleteIfExists(file);
    } catch (IOException e) {
      // Nobody has it locked.
    }
  }
}
