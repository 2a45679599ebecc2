package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PackageCacheTest {
  private static final TestArchiveKey KEY = new TestArchiveKey();
  private static final int SIZE = 20_000;

  @TempDir private Path folder;
  @TempDir private Path scratch;
  private TestServer server;
  private DebianMirror mirror;
  private final List<DebianPackage> packages = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    server = new TestServer();
    Path key = Files.write(scratch.resolve("key.asc"), KEY.armoured());
    server.put(
        "debian/dists/trixie/InRelease",
        KEY.inRelease(
            "Codename: trixie\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nSHA256:\n %s 1 main/binary-riscv64/Packages.xz"
                .formatted("ab".repeat(32))));
    for (int n = 0; n < 10; n++) {
      byte[] content = ("package " + n + " ").repeat(SIZE / 10).getBytes(StandardCharsets.UTF_8);
      server.put("debian/pool/p%d.deb".formatted(n), content);
      packages.add(
          new DebianPackage(
              "p" + n,
              "1",
              "pool/p%d.deb".formatted(n),
              content.length,
              Download.sha256(Files.write(scratch.resolve("d"), content)),
              Map.of()));
    }
    mirror =
        new MirrorFinder(
                Map.of("ATOLL_MIRROR_KEY", key.toString())::get,
                Clock.host(),
                Effects.host().tasks(),
                Progress.SILENT)
            .find(
                "trixie",
                new MirrorChoice(Optional.of(server.uri("debian").toString()), Optional.empty()));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Map<DebianPackage, Path> fetch(long most, List<DebianPackage> wanted) throws IOException {
    return new PackageCache(folder, Clock.host(), Effects.host().tasks(), Progress.SILENT, most)
        .fetch(mirror, wanted);
  }

  private long requests() {
    return server.requests().stream().filter(request -> request.contains(".deb")).count();
  }

  @Test
  void allComeAndAreKept() throws IOException {
    Map<DebianPackage, Path> files = fetch(Long.MAX_VALUE, packages);
    assertThat(files.keySet()).containsExactlyElementsOf(packages);
    for (DebianPackage each : packages) {
      assertThat(Download.sha256(files.get(each))).isEqualTo(each.sha256());
    }
    assertThat(fetch(Long.MAX_VALUE, packages)).isEqualTo(files);
    assertThat(requests()).isEqualTo(10);
  }

  @Test
  void oneThatIsNotWhatWasPromisedEndsIt() throws IOException {
    server.put("debian/pool/p7.deb", new byte[(int) packages.get(7).size()]);
    assertThatThrownBy(() -> fetch(Long.MAX_VALUE, packages))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("p7.deb is not what the mirror's signed index promises");
    try (var files = Files.list(folder)) {
      assertThat(files).noneMatch(file -> file.toString().contains("p7.deb"));
    }
  }

  @Test
  void whatWasUsedLongestAgoGoes() throws IOException {
    Map<DebianPackage, Path> files = fetch(Long.MAX_VALUE, packages.subList(0, 4));
    int age = 0;
    for (Path file : files.values()) {
      Files.setLastModifiedTime(
          file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(age++)));
    }
    long most = packages.get(0).size() * 3;
    fetch(most, List.of(packages.get(0), packages.get(5)));
    assertThat(files.get(packages.get(0))).exists();
    assertThat(files.get(packages.get(1))).doesNotExist();
    assertThat(files.get(packages.get(2))).doesNotExist();
  }

  @Test
  void whatIsNeededStaysHoweverMuchItIs() throws IOException {
    assertThat(fetch(1, packages).values()).allMatch(Files::exists);
  }
}
