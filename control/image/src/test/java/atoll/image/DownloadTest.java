package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {
  private static final int SIZE = 300_000;

  @TempDir private Path folder;
  private final byte[] content = new byte[SIZE];
  private TestServer server;
  private Path file;
  private Path part;
  private String digest;
  private final Download download =
      new Download(
          HttpClient.newHttpClient(), Clock.host(), Effects.host().tasks(), Progress.SILENT);

  @BeforeEach
  void serve() throws IOException {
    new Random(7).nextBytes(content);
    server = new TestServer();
    server.put("f.deb", content);
    file = folder.resolve("f.deb");
    part = folder.resolve("f.deb.part");
    Path whole = Files.write(folder.resolve("whole"), content);
    digest = Download.sha256(whole);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void fetch() {
    download.fetch(server.uri("f.deb"), file, SIZE, digest);
  }

  @Test
  void aFileArrivesWholeAndLeavesNoPart() {
    fetch();
    assertThat(file).hasBinaryContent(content);
    assertThat(part).doesNotExist();
    assertThat(server.requests()).containsExactly("GET f.deb");
  }

  @Test
  void whatAnEarlierRunHasLeftIsContinued() throws IOException {
    Files.write(part, Arrays.copyOf(content, 100_000));
    fetch();
    assertThat(file).hasBinaryContent(content);
    assertThat(server.requests()).containsExactly("GET f.deb bytes=100000-");
  }

  @Test
  void aWholePartIsOnlyVerified() throws IOException {
    Files.write(part, content);
    fetch();
    assertThat(file).hasBinaryContent(content);
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void aServerWithoutRangesSendsItAllAgain() throws IOException {
    server.ranges = false;
    Files.write(part, Arrays.copyOf(content, 100_000));
    fetch();
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void aBrokenConnectionIsContinuedWithinTheRun() {
    server.cutAfter = 70_000;
    fetch();
    assertThat(file).hasBinaryContent(content);
    // How much of a broken connection arrives is up to the operating system.
    assertThat(server.requests())
        .hasSizeGreaterThan(4)
        .anyMatch(request -> request.startsWith("GET f.deb bytes="));
  }

  @Test
  void aTooLongPartIsStartedAgain() throws IOException {
    Files.write(part, new byte[SIZE + 1]);
    fetch();
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void aWrongPartIsFetchedAgainFromItsBeginning() throws IOException {
    Files.write(part, new byte[100_000]);
    fetch();
    assertThat(file).hasBinaryContent(content);
    assertThat(server.requests()).containsExactly("GET f.deb bytes=100000-", "GET f.deb");
  }

  @Test
  void aWrongFileIsDeletedAndSaid() {
    content[5] ^= 1;
    assertThatThrownBy(this::fetch)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not what the mirror's signed index promises")
        .hasMessageContaining(digest)
        .hasMessageContaining("--mirror");
    assertThat(file).doesNotExist();
    assertThat(part).doesNotExist();
  }

  @Test
  void aMissingFileIsSaid() {
    assertThatThrownBy(() -> download.fetch(server.uri("missing.deb"), file, SIZE, digest))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("answers 404");
  }

  @Test
  void aPassingFailureOfTheServerIsOvercome() {
    server.failures.set(2);
    fetch();
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void aLastingFailureKeepsThePartForTheNextRun() throws IOException {
    Files.write(part, Arrays.copyOf(content, 100_000));
    server.failures.set(1000);
    assertThatThrownBy(this::fetch)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("goes on where it stopped");
    assertThat(part).hasSize(100_000);
  }

  @Test
  void aFileOfAnotherLengthIsSaidWithoutFetchingIt() {
    server.put("f.deb", Arrays.copyOf(content, SIZE - 1));
    assertThatThrownBy(this::fetch)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not what the mirror's signed index promises")
        .hasMessageContaining("299999 bytes, expected 300000");
    assertThat(server.requests()).hasSize(1);
    assertThat(part).doesNotExist();
  }

  @Test
  void theLengthOfAMissingFileIsNegative() {
    assertThat(download.length(server.uri("f.deb"))).isEqualTo(SIZE);
    assertThat(download.length(server.uri("missing"))).isNegative();
  }
}
