package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootArchiveTest {
  @TempDir private Path folder;

  /**
   * As {@code path}, {@code path -> target}, {@code path = other} or {@code path/}, with content.
   */
  private final Map<String, String> entries = new LinkedHashMap<>();

  private final Map<String, Integer> modes = new LinkedHashMap<>();

  private static TestPackage base() throws IOException {
    return new TestPackage("base-files")
        .folder("usr")
        .folder("usr/bin")
        .folder("usr/lib")
        .link("bin", "usr/bin", true)
        .link("lib", "/usr/lib", true);
  }

  private void archive(TestPackage... packages) throws IOException {
    Path file = folder.resolve("system.tar");
    try (RootArchive archive = new RootArchive(file)) {
      for (TestPackage each : packages) {
        archive.add(each.unpacked(folder), false);
      }
    }
    try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(file))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String sign = entry.isSymbolicLink() ? " -> " : entry.isLink() ? " = " : "";
        String content = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        String name = entry.getName() + (sign.isEmpty() ? "" : sign + entry.getLinkName());
        assertThat(entries.put(name, content)).as(name).isNull();
        modes.put(name, entry.getMode() & 07777);
      }
    }
  }

  private List<String> lines(String file) {
    return entries.get("var/lib/dpkg/" + file).lines().toList();
  }

  @Test
  void filesComeWhereLinksOfOtherPackagesLead() throws IOException {
    archive(
        base(),
        new TestPackage("old")
            .folder("bin")
            .file("bin/tool", 0755, "a tool")
            .link("bin/same", "./bin/tool", false)
            .folder("lib")
            .folder("lib/deep")
            .file("lib/deep/file", 0644, "deep"));
    assertThat(entries)
        .containsKeys("usr/bin/", "bin -> usr/bin", "usr/bin/same = usr/bin/tool", "usr/lib/deep/")
        .containsEntry("usr/bin/tool", "a tool")
        .containsEntry("usr/lib/deep/file", "deep")
        .doesNotContainKeys("bin/", "bin/tool", "lib/", "lib/deep/");
    // dpkg remembers the names that the package has for them.
    assertThat(lines("info/old.list"))
        .containsExactly("/bin", "/bin/tool", "/bin/same", "/lib", "/lib/deep", "/lib/deep/file");
  }

  @Test
  void permissionsStayAsTheyAre() throws IOException {
    archive(new TestPackage("su").folder("usr").file("usr/su", 04755, "x"));
    assertThat(modes).containsEntry("usr/su", 04755);
  }

  @Test
  void filesThatAUserMayChangeWaitForDpkg() throws IOException {
    archive(
        new TestPackage("conf")
            .folder("etc")
            .file("etc/conf", 0640, "x=1")
            .control("conffiles", "/etc/conf\nremove-on-upgrade /etc/gone\n"));
    assertThat(entries).containsEntry("etc/conf.dpkg-new", "x=1").doesNotContainKey("etc/conf");
    assertThat(lines("status"))
        .containsSequence("Conffiles:", " /etc/conf newconffile")
        .noneMatch(line -> line.contains("gone"));
    assertThat(lines("info/conf.list")).contains("/etc/conf");
  }

  @Test
  void dpkgKnowsThePackagesAsUnpacked() throws IOException {
    archive(
        new TestPackage("lib").field("Multi-Arch: same").control("postinst", "#!/bin/sh\n"),
        new TestPackage("tool").field("Depends: lib"));
    assertThat(lines("status"))
        .containsSequence("Package: lib", "Status: install ok unpacked", "Version: 1.0-1")
        .containsSequence("Package: tool", "Status: install ok unpacked")
        .contains("Depends: lib", "");
    assertThat(entries)
        .containsEntry("var/lib/dpkg/info/format", "1\n")
        .containsEntry("var/lib/dpkg/info/lib:riscv64.postinst", "#!/bin/sh\n")
        .containsKeys("var/lib/dpkg/info/lib:riscv64.list", "var/lib/dpkg/info/tool.list");
    assertThat(modes).containsEntry("var/lib/dpkg/info/lib:riscv64.postinst", 0755);
  }

  @Test
  void whoWantsToKnowOfATriggerIsKnown() throws IOException {
    archive(
        new TestPackage("libc-bin").control("triggers", "interest-noawait ldconfig\n"),
        new TestPackage("man-db")
            .field("Multi-Arch: same")
            .control("triggers", "interest /usr/share/man\nactivate ldconfig\n"));
    assertThat(lines("triggers/ldconfig")).containsExactly("libc-bin/noawait");
    assertThat(lines("triggers/File")).containsExactly("/usr/share/man man-db:riscv64");
  }

  @Test
  void whatOnlyDpkgCanUnpackIsLeftToIt() throws IOException {
    archive(
        new TestPackage("first").folder("usr").file("usr/same", 0644, "first"),
        new TestPackage("conf").file("conf", 0644, "c").control("conffiles", "/conf\n"),
        new TestPackage("third").file("conf", 0644, "t"),
        new TestPackage("script")
            .control("preinst", "dpkg-divert --add /x\n")
            .folder("usr")
            .file("usr/s", 0644, "s"),
        new TestPackage("second")
            .folder("usr")
            .file("usr/new", 0644, "n")
            .file("usr/same", 0644, "second"));
    assertThat(entries)
        .containsEntry("usr/same", "first")
        .containsEntry("conf.dpkg-new", "c")
        .containsKeys(
            ".atoll/debs/0000-third.deb",
            ".atoll/debs/0001-script.deb",
            ".atoll/debs/0002-second.deb")
        .containsEntry(".atoll/first", "")
        .doesNotContainKeys("usr/s", "usr/new");
    assertThat(lines("status")).doesNotContain("Package: script", "Package: second");
  }

  @Test
  void scriptsThatRunBeforeAreListed() throws IOException {
    archive(
        new TestPackage("one").control("preinst", "exit 0\n").field("Multi-Arch: same"),
        new TestPackage("two"),
        new TestPackage("three").control("preinst", "exit 0\n"));
    assertThat(entries).containsEntry(".atoll/first", "one:riscv64\nthree\n");
  }

  @Test
  void aPackageThatDpkgNeedsIsUnpackedInAnyCase() throws IOException {
    Path file = folder.resolve("system.tar");
    try (RootArchive archive = new RootArchive(file)) {
      archive.add(
          new TestPackage("dash")
              .control("preinst", "dpkg-divert\n")
              .folder("usr")
              .file("usr/sh", 0755, "s")
              .unpacked(folder),
          true);
    }
    try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(file))) {
      assertThat(in.getNextEntry().getName()).isEqualTo("usr/");
      assertThat(in.getNextEntry().getName()).isEqualTo("usr/sh");
    }
  }

  @Test
  void linksInACircleEnd() {
    RootPaths paths = new RootPaths();
    paths.addLink("a", "b");
    paths.addLink("b", "a");
    assertThat(paths.ofFile("a/file")).isIn("a/file", "b/file");
    paths.addLink("up", "../../..");
    assertThat(paths.ofFile("./up/etc/x")).isEqualTo("etc/x");
  }
}
