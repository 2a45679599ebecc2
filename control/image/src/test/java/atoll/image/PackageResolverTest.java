package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackageResolverTest {
  /** Stanzas with blank lines between; what every package has is added. */
  private static PackagesIndex index(String text) throws IOException {
    String whole =
        text.replaceAll(
            "(?m)^(Package: .*)$", "$1\nFilename: pool/f.deb\nSize: 1\nSHA256: " + "ab".repeat(32));
    return PackagesIndex.read(
        new ByteArrayInputStream(whole.getBytes(StandardCharsets.UTF_8)), name -> true);
  }

  private static List<String> resolve(String text, String... wanted) throws IOException {
    return resolve(text, false, BaseSystem.ESSENTIAL, wanted);
  }

  private static List<String> resolve(
      String text, boolean recommended, BaseSystem base, String... wanted) throws IOException {
    return new PackageResolver(index(text), recommended)
        .resolve(base, List.of(wanted)).stream().map(each -> each.found().name()).toList();
  }

  private static void refused(String text, String message, String... wanted) throws IOException {
    PackagesIndex index = index(text);
    assertThatThrownBy(
            () -> new PackageResolver(index, false).resolve(BaseSystem.ESSENTIAL, List.of(wanted)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(message);
  }

  @Test
  void allThatAPackageNeedsIsThereAndNothingElse() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: b (>= 1), c:any

        Package: b
        Version: 1
        Pre-Depends: d

        Package: c
        Version: 1
        Recommends: e

        Package: d
        Version: 1

        Package: e
        Version: 1
        """;
    assertThat(resolve(text, "a")).containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(resolve(text, true, BaseSystem.ESSENTIAL, "a")).contains("e");
  }

  @Test
  void theBaseIsChosenByPriority() throws IOException {
    String text =
        """
        Package: bash
        Version: 1
        Essential: yes
        Priority: required

        Package: passwd
        Version: 1
        Priority: required

        Package: nano
        Version: 1
        Priority: important

        Package: man-db
        Version: 1
        Priority: standard
        """;
    assertThat(resolve(text)).containsExactly("bash");
    assertThat(resolve(text, false, BaseSystem.REQUIRED)).containsExactly("bash", "passwd");
    assertThat(resolve(text, false, BaseSystem.IMPORTANT))
        .containsExactly("bash", "passwd", "nano");
    assertThat(resolve(text, false, BaseSystem.STANDARD)).hasSize(4);
  }

  @Test
  void ofAlternativesTheOneThatIsThereAnywayIsTaken() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: exim | mta, x

        Package: exim
        Version: 1
        Provides: mta

        Package: postfix
        Version: 1
        Provides: mta

        Package: x
        Version: 1
        Depends: y

        Package: y
        Version: 1
        Depends: postfix
        """;
    assertThat(resolve(text, "a")).doesNotContain("exim").contains("postfix");
    assertThat(resolve(text.replace("Depends: postfix", "Depends: x"), "a"))
        .contains("exim")
        .doesNotContain("postfix");
    assertThat(resolve(text, "a", "exim")).contains("exim");
  }

  @Test
  void aVersionDecidesAboutAnAlternative() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: old (>= 2) | new

        Package: old
        Version: 1.9

        Package: new
        Version: 1
        """;
    assertThat(resolve(text, "a")).containsExactly("a", "new");
  }

  @Test
  void aProvidedNameCountsWithTheVersionThatIsSaid() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: api (>= 2)

        Package: without
        Version: 5
        Provides: api

        Package: older
        Version: 5
        Provides: api (= 1.9)

        Package: right
        Version: 1
        Provides: other, api (= 2.0)
        """;
    assertThat(resolve(text, "a")).containsExactly("a", "right");
    refused(
        text.replace("api (= 2.0)", "api"), "needs api (>= 2), which is not in the archive", "a");
  }

  @Test
  void theMostImportantProviderIsTaken() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: awk

        Package: aawk
        Version: 1
        Provides: awk
        Priority: optional

        Package: mawk
        Version: 1
        Provides: awk
        Priority: important
        """;
    assertThat(resolve(text, "a")).containsExactly("a", "mawk");
    assertThat(resolve(text, "awk")).containsExactly("mawk");
  }

  @Test
  void whatExcludesOneThatIsThereIsNotChosen() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: systemd | sysvinit

        Package: systemd
        Version: 1
        Conflicts: elogind

        Package: sysvinit
        Version: 1

        Package: elogind
        Version: 1
        """;
    assertThat(resolve(text, "a", "elogind")).contains("sysvinit").doesNotContain("systemd");
    assertThat(resolve(text, "a")).contains("systemd");
    refused(
        text,
        "elogind (named by the recipe) and systemd (named by the recipe) exclude each other",
        "systemd",
        "elogind");
  }

  @Test
  void whatExcludesEachOtherIsExplained() throws IOException {
    String text =
        """
        Package: a
        Version: 1
        Depends: one

        Package: one
        Version: 1.5
        Breaks: two (<< 2)

        Package: two
        Version: 1
        """;
    refused(text, "one (needed by a) and two (named by the recipe) exclude each other", "a", "two");
    assertThat(resolve(text.replace("(<< 2)", "(<< 1)"), "a", "two")).contains("one", "two");
  }

  @Test
  void aPackageMayExcludeTheNameThatItProvides() throws IOException {
    String text =
        """
        Package: mta
        Version: 1
        Provides: mail-transport-agent
        Conflicts: mail-transport-agent
        """;
    assertThat(resolve(text, "mta")).containsExactly("mta");
  }

  @Test
  void ofSeveralVersionsTheNewestIsTaken() throws IOException {
    PackagesIndex index =
        index(
            "Package: a\nVersion: 1.10\n\nPackage: a\nVersion: 1.9\n\nPackage: a\nVersion: 1.10~rc\n");
    assertThat(index.get("a").version()).isEqualTo("1.10");
  }

  @Test
  void aNameThatIsNotThereGetsTheNearestOne() throws IOException {
    refused(
        "Package: openssh-server\nVersion: 1\n",
        "there is no package 'openssh-serve' in the archive; did you mean openssh-server?",
        "openssh-serve");
  }

  @Test
  void whoWantsAPackageIsKnown() throws IOException {
    PackagesIndex index = index("Package: a\nVersion: 1\nDepends: b\n\nPackage: b\nVersion: 1\n");
    List<PackageResolver.Chosen> chosen =
        new PackageResolver(index, false).resolve(BaseSystem.ESSENTIAL, List.of("a"));
    assertThat(chosen).extracting(PackageResolver.Chosen::asked).containsExactly(true, false);
    assertThat(chosen.get(1).reason()).isEqualTo("needed by a");
  }

  @Test
  void circlesEnd() throws IOException {
    assertThat(
            resolve(
                "Package: a\nVersion: 1\nDepends: b\n\nPackage: b\nVersion: 1\nDepends: a\n", "a"))
        .containsExactly("a", "b");
  }
}
