package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDigestsTest {
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private static final long CHANGED = 1_000_000_000_000L;

  @TempDir Path folder;
  private Path file;
  private Path record;
  private FileDigests digests;

  /** Shows one date for ever. */
  private record Fixed(long epochNanos) implements Clock {
    @Override
    public long nanos() {
      return 0;
    }
  }

  @BeforeEach
  void make() throws IOException {
    file = Files.createFile(folder.resolve("a file"));
    record = folder.resolve("new/digests");
    changed(CHANGED);
    digests = at(60);
  }

  /** Some seconds after the file has changed. */
  private FileDigests at(long seconds) {
    return new FileDigests(record, new Fixed(CHANGED * 1_000_000 + seconds * 1_000_000_000));
  }

  private void changed(long millis) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(millis));
  }

  @Test
  void aDigestIsWorkedOutOnceAndRememberedForOthers() {
    assertThat(digests.known(file)).isEmpty();
    assertThat(digests.of(file)).isEqualTo(EMPTY);
    assertThat(at(60).known(file)).contains(EMPTY);
  }

  @Test
  void aChangedFileHasAnotherDigest() throws IOException {
    String before = digests.of(file);
    Files.writeString(file, "more");
    changed(CHANGED);
    assertThat(digests.known(file)).isEmpty();
    assertThat(digests.of(file)).isNotEqualTo(before);
    Files.writeString(file, "moer");
    changed(CHANGED + 1);
    assertThat(digests.known(file)).isEmpty();
  }

  @Test
  void aFileThatHasOnlyJustChangedIsNotRemembered() {
    assertThat(at(1).of(file)).isEqualTo(EMPTY);
    assertThat(at(1).known(file)).isEmpty();
  }

  @Test
  void whatSomebodyElseHasWorkedOutIsRememberedUntilTheFileChanges() throws IOException {
    String other = "ab".repeat(32);
    at(1).note(file, other);
    assertThat(digests.known(file)).isEmpty();
    digests.note(file, other);
    assertThat(at(60).known(file)).contains(other);
    changed(CHANGED + 1);
    assertThat(digests.known(file)).isEmpty();
  }

  @Test
  void aDamagedRecordIsNone() throws IOException {
    digests.of(file);
    String text = Files.readString(record);
    Files.writeString(record, "\0nonsense\n" + text.replace("e3b0", "xyz ") + "e3b0c4");
    assertThat(digests.known(file)).isEmpty();
    assertThat(digests.of(file)).isEqualTo(EMPTY);
    assertThat(digests.known(file)).contains(EMPTY);
  }

  @Test
  void onlyTheLatestFilesAreRemembered() throws IOException {
    for (int n = 0; n < 80; n++) {
      Path other = Files.createFile(folder.resolve("other" + n));
      Files.setLastModifiedTime(other, FileTime.fromMillis(CHANGED));
      digests.of(other);
    }
    assertThat(Files.readAllLines(record)).hasSize(64);
    assertThat(digests.known(folder.resolve("other79"))).contains(EMPTY);
    assertThat(digests.known(folder.resolve("other0"))).isEmpty();
  }

  @Test
  void whatIsNotThereIsSaid() {
    Path none = folder.resolve("none");
    assertThat(digests.known(none)).isEmpty();
    assertThatThrownBy(() -> digests.of(none))
        .isInstanceOf(HostException.class)
        .hasMessageContaining(none.toString());
  }
}
