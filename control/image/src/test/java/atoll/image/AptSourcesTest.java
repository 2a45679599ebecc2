package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptSourcesTest {
  @TempDir private Path apt;

  @BeforeEach
  void folder() throws IOException {
    Files.createDirectory(apt.resolve("sources.list.d"));
  }

  @Test
  void oneArchiveALine() throws IOException {
    write(
        "sources.list",
        """
        # deb http://commented.example/debian bookworm main
        deb http://one.example/debian bookworm main contrib # a remark
        deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] https://two.example/debian/ bookworm main
        deb-src http://sources.example/debian bookworm main
        """);
    assertThat(candidates())
        .containsExactly("http://one.example/debian/", "https://two.example/debian/");
  }

  @Test
  void stanzas() throws IOException {
    write(
        "sources.list.d/debian.sources",
        """
        Types: deb deb-src
        # a remark in between
        URIs: http://one.example/debian
          http://two.example/debian
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By: /usr/share/keyrings/k.gpg

        Enabled: no
        Types: deb
        URIs: http://disabled.example/debian
        Suites: bookworm
        Components: main

        types: deb
        uris: http://three.example/debian
        suites: bookworm
        components: main
        """);
    assertThat(candidates())
        .containsExactly(
            "http://one.example/debian/",
            "http://two.example/debian/",
            "http://three.example/debian/");
  }

  @Test
  void whatCannotBeTheDebianArchiveIsSkipped() throws IOException {
    write(
        "sources.list",
        """
        deb http://security.example/debian-security bookworm-security main
        deb http://vendor.example/apt stable nonfree
        deb http://flat.example/repository ./
        deb cdrom:[Debian]/ bookworm main
        deb file:/srv/mirror bookworm main
        deb mirror+file:/etc/apt/mirrors.txt bookworm main
        deb not|a|uri bookworm main
        """);
    assertThat(candidates()).isEmpty();
  }

  @Test
  void anArchiveOfTheSuiteItselfComesFirst() throws IOException {
    write("sources.list.d/a.list", "deb http://older.example/debian bookworm main\n");
    write("sources.list.d/b.list", "deb http://newer.example/debian trixie main\n");
    write("sources.list.d/c.list", "deb http://older.example/debian bookworm-updates main\n");
    write("sources.list.d/ignored.bak", "deb http://backup.example/debian trixie main\n");
    assertThat(candidates())
        .containsExactly("http://newer.example/debian/", "http://older.example/debian/");
  }

  @Test
  void aSystemWithoutAptHasNone() {
    assertThat(AptSources.candidates(apt.resolve("missing"), "trixie")).isEmpty();
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(apt.resolve(file), text);
  }

  private List<String> candidates() {
    return AptSources.candidates(apt, "trixie").stream().map(URI::toString).toList();
  }
}
