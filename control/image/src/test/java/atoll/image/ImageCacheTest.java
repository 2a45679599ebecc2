package atoll.image;

import static atoll.image.TestArchive.INDEX;
import static atoll.image.TestArchive.KEY;
import static atoll.image.TestArchive.SUITE;
import static atoll.image.TestArchive.text;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPSignature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {
  private static final String KERNEL = "pool/linux-image-6.1+x-riscv64_6.1-1_riscv64.deb";
  private static final String BUSYBOX = "pool/busybox-static_1%3a1.37_riscv64.deb";

  @TempDir private Path cache;
  @TempDir private Path scratch;
  private TestArchive archive;
  private TestServer server;
  private Path key;
  private String release;

  @BeforeEach
  void serve() throws IOException {
    archive = new TestArchive(scratch);
    server = archive.server;
    key = archive.key;
    Map<String, byte[]> kernel = new LinkedHashMap<>();
    kernel.put("boot/vmlinux-6.1+x-riscv64", text("a kernel"));
    kernel.put("usr/lib/modules/m/kernel/virtio_mmio.ko.xz", module("depends="));
    kernel.put("usr/lib/modules/m/kernel/ext4.ko.xz", module("depends=jbd2"));
    kernel.put("usr/lib/modules/m/kernel/jbd2.ko.xz", module("depends="));
    kernel.put("usr/lib/modules/m/kernel/sound.ko.xz", module("depends="));
    publish(kernel, "6.1-1");
  }

  private static byte[] module(String... entries) throws IOException {
    return DebBuilder.xz(ModuleBuilder.module(entries));
  }

  private void publish(Map<String, byte[]> kernel, String version) throws IOException {
    byte[] kernelDeb = DebBuilder.deb(kernel);
    byte[] busyboxDeb = DebBuilder.deb(Map.of("usr/bin/busybox", text("a busybox")));
    server.put("debian/" + KERNEL, kernelDeb);
    server.put("debian/" + BUSYBOX.replace("%3a", ":"), busyboxDeb);
    byte[] index =
        DebBuilder.xz(
            text(
                archive.stanza("linux-image-riscv64", version, "meta.deb", text("meta"))
                    + "Depends: linux-image-6.1+x-riscv64 (= 6.1-1)\n\n"
                    + archive.stanza("linux-image-6.1+x-riscv64", version, KERNEL, kernelDeb)
                    + "\n"
                    + archive.stanza("busybox-static", "1:1.37", BUSYBOX, busyboxDeb)));
    server.put(INDEX, index);
    release = archive.sign(index, "Sat, 21");
  }

  /** Offers the same files under another description. */
  private void describe(String from, String to) throws IOException {
    release = release.replaceFirst(from, to);
    server.put(SUITE + "InRelease", KEY.inRelease(release));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ImageCache images() {
    return new ImageCache(cache, archive.finder(), Progress.SILENT);
  }

  private static MirrorChoice mirror(String url) {
    return new MirrorChoice(Optional.of(url), Optional.empty());
  }

  private LinuxImages linux(boolean newest) {
    return images().linux(MirrorChoice.USUAL, newest);
  }

  @Test
  void theImagesAreFetchedAndPutTogether() throws IOException {
    LinuxImages linux = linux(false);
    assertThat(linux.kernel()).hasContent("a kernel");
    assertThat(linux.version()).isEqualTo("linux-image-6.1+x-riscv64 6.1-1");
    Map<String, CpioReader.Entry> files = CpioReader.read(Files.readAllBytes(linux.initramfs()));
    assertThat(files.get("bin/busybox").text()).isEqualTo("a busybox");
    assertThat(files.get("init").text()).startsWith("#!/bin/sh");
    assertThat(files.get("init").mode()).isEqualTo(0100755);
    assertThat(files.keySet())
        .contains(
            "lib/modules/6.1+x-riscv64/virtio_mmio.ko",
            "lib/modules/6.1+x-riscv64/ext4.ko.xz",
            "lib/modules/6.1+x-riscv64/jbd2.ko.xz",
            "dev/console",
            "proc")
        .noneMatch(name -> name.contains("sound") || name.endsWith("virtio_mmio.ko.xz"));
    assertThat(files.get("lib/modules/6.1+x-riscv64/modules.dep").text())
        .contains("ext4.ko.xz: jbd2.ko.xz\n");
  }

  @Test
  void modulesThatAKernelDoesNotHaveAreNamed() throws IOException {
    List<String> builtin = new ArrayList<>(Initramfs.MODULES);
    assertThat(builtin.removeAll(List.of("isofs", "ext4", "tmp102"))).isTrue();
    String list = builtin.stream().map("kernel/%s.ko\n"::formatted).collect(joining());
    publish(
        Map.of(
            "boot/vmlinux-6.1+x-riscv64", text("a kernel"),
            "usr/lib/modules/m/kernel/ext4.ko.xz", module("depends="),
            "usr/lib/modules/m/modules.builtin", text(list)),
        "6.1-1");
    List<String> steps = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void begin(String step, long total, Unit unit) {
            steps.add(step);
          }

          @Override
          public void advance(long done) {}

          @Override
          public void end() {}
        };
    LinuxImages linux =
        new ImageCache(cache, archive.finder(), progress).linux(MirrorChoice.USUAL, false);
    assertThat(linux.kernel()).hasContent("a kernel");
    assertThat(steps)
        .contains("leaving out what linux-image-6.1+x-riscv64 does not have: isofs, tmp102");
  }

  @Test
  void afterwardsNothingIsAskedOfTheNetwork() throws IOException {
    LinuxImages linux = linux(false);
    server.close();
    assertThat(linux(false)).isEqualTo(linux);
    assertThat(leftovers()).isEmpty();
  }

  private List<String> leftovers() throws IOException {
    try (Stream<Path> files = Files.list(cache.resolve("debian"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*(\\.deb|\\.part|\\.new|Packages.*|unpack.*)"))
          .toList();
    }
  }

  @Test
  void aDeletedInitramfsIsMadeAgainWithoutTheNetwork() throws IOException {
    Path initramfs = linux(false).initramfs();
    byte[] content = Files.readAllBytes(initramfs);
    Files.delete(initramfs);
    server.close();
    assertThat(linux(false).initramfs()).hasBinaryContent(content);
  }

  @Test
  void manyAtOnceFetchOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<LinuxImages>> all =
          Stream.generate(() -> threads.submit(() -> linux(false))).limit(4).toList();
      for (Future<LinuxImages> one : all) {
        assertThat(one.get().kernel()).hasContent("a kernel");
      }
    }
    assertThat(server.requests()).filteredOn(request -> request.endsWith(KERNEL)).hasSize(1);
  }

  @Test
  void whoeverFillsTheCacheIsWaitedFor() throws Exception {
    Path folder = Files.createDirectories(cache.resolve("debian"));
    Thread other = Thread.ofPlatform().unstarted(() -> linux(false));
    try (CacheLock lock = CacheLock.acquire(folder, Progress.SILENT)) {
      assertThat(lock.held()).isTrue();
      other.start();
      while (other.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      assertThat(server.requests()).isEmpty();
    }
    other.join();
    assertThat(server.requests()).isNotEmpty();
  }

  @Test
  void aNewerKernelIsTakenOnlyWhenAskedFor() throws IOException {
    linux(false);
    publish(Map.of("boot/vmlinux-6.1+x-riscv64", text("a newer kernel")), "6.1-2");
    assertThat(linux(false).kernel()).hasContent("a kernel");
    assertThat(linux(true).kernel()).hasContent("a newer kernel");
    assertThat(linux(false).kernel()).hasContent("a newer kernel");
  }

  @Test
  void anIndexByItsDigestIsPreferred() throws IOException {
    byte[] index = DebBuilder.xz(text("Package: none\n"));
    String byHash =
        "debian/dists/trixie/main/binary-riscv64/by-hash/SHA256/" + archive.digest(index);
    server.put(byHash, index);
    release = archive.sign(index, "Sat, 21");
    assertThatThrownBy(() -> linux(false)).hasMessageContaining("no package linux-image-riscv64");
    assertThat(server.requests()).contains("GET " + byHash).doesNotContain("GET " + INDEX);
  }

  @Test
  void aPackageThatIsNotWhatTheIndexSaysIsRefused() throws IOException {
    server.put("debian/" + KERNEL, text("something else"));
    assertThatThrownBy(() -> linux(false)).isInstanceOf(RefusedException.class);
    try (Stream<Path> files = Files.list(cache.resolve("debian"))) {
      assertThat(files).noneMatch(file -> file.toString().contains("kernel-"));
    }
  }

  private void isRefusedWith(String... reasons) throws IOException {
    assertThatThrownBy(() -> linux(true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(reasons);
    assertThat(server.requests()).noneMatch(request -> request.endsWith(".deb"));
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void anArchiveThatKeepsItsSignaturesInAFileOfTheirOwnWillDo() throws IOException {
    server.remove(SUITE + "InRelease");
    server.put(SUITE + "Release", text(release + "\n"));
    byte[] signature =
        KEY.signature(PGPSignature.BINARY_DOCUMENT, HashAlgorithmTags.SHA256, release + "\n");
    server.put(SUITE + "Release.gpg", TestArchiveKey.armoured(signature));
    assertThat(linux(false).kernel()).hasContent("a kernel");
  }

  @Test
  void anArchiveWithoutSignaturesIsRefused() throws IOException {
    server.remove(SUITE + "InRelease");
    server.put(SUITE + "Release", text(release + "\n"));
    isRefusedWith("it is not signed", "neither InRelease nor Release.gpg", "--mirror URL");
    server.put(SUITE + "InRelease", text(release));
    isRefusedWith("its InRelease is not a signed text");
  }

  @Test
  void anArchiveThatAnotherKeyHasSignedIsRefused() throws IOException {
    TestArchiveKey stranger = new TestArchiveKey();
    server.put(SUITE + "InRelease", stranger.inRelease(release));
    isRefusedWith("none of the keys", stranger.subkeyFingerprint(), key.toString(), "--mirror-key");
  }

  @Test
  void withoutAKeyOfTheMirrorOnlyDebiansAreTrusted() {
    ImageCache images =
        new ImageCache(
            cache,
            new MirrorFinder(name -> null, Clock.host(), Effects.host().tasks(), Progress.SILENT),
            Progress.SILENT);
    MirrorChoice mirror = mirror(server.uri("debian").toString());
    assertThatThrownBy(() -> images.linux(mirror, false))
        .hasMessageContaining("is one of Debian's")
        .hasMessageContaining("--mirror-key");
    assertThat(images.linux(new MirrorChoice(mirror.url(), Optional.of(key)), false).kernel())
        .hasContent("a kernel");
  }

  @Test
  void aChangedDescriptionIsRefused() throws IOException {
    byte[] changed = KEY.inRelease(release);
    changed[changed.length / 4] ^= 1;
    server.put(SUITE + "InRelease", changed);
    isRefusedWith("is not what was signed", KEY.subkeyFingerprint());
  }

  @Test
  void theDescriptionOfAnotherReleaseIsRefused() throws IOException {
    describe("Codename: trixie", "Codename: bookworm");
    isRefusedWith("is signed as 'bookworm', another release");
  }

  @Test
  void aDescriptionThatIsOverIsRefused() throws IOException {
    describe(
        "Date:.*",
        "Date: Wed, 01 Jan 2025 00:00:00 UTC\nValid-Until: Wed, 08 Jan 2025 00:00:00 UTC");
    isRefusedWith("out of date", "2025-01-08T00:00:00Z");
  }

  @Test
  void anArchiveWithoutRiscVIsRefused() throws IOException {
    describe("binary-riscv64", "binary-amd64");
    isRefusedWith("no riscv64 in trixie");
  }

  @Test
  void anIndexThatIsNotTheSignedOneIsRefused() throws IOException {
    server.put(INDEX, DebBuilder.xz(text("Package: evil\n")));
    isRefusedWith("Packages.xz is not what the mirror's signed index promises");
  }

  @Test
  void anOlderStateOfTheArchiveIsRefusedAndTheImagesStay() throws IOException {
    linux(false);
    describe("Date:.*", "Date: Sat, 14 Nov 2026 09:15:44 UTC");
    assertThatThrownBy(() -> linux(true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("as of 2026-11-14T09:15:44Z, older than the state of 2026-11-21")
        .hasMessageContaining("selection.json");
    assertThat(linux(false).kernel()).hasContent("a kernel");
    Files.delete(cache.resolve("debian/selection.json"));
    assertThat(linux(true).kernel()).hasContent("a kernel");
  }

  @Test
  void anArchiveOfOtherKeysMayBeOlder() throws IOException {
    linux(false);
    TestArchiveKey other = new TestArchiveKey();
    Files.write(key, other.armoured());
    String old = release.replaceFirst("Date:.*", "Date: Sat, 14 Nov 2026 09:15:44 UTC");
    server.put(SUITE + "InRelease", other.inRelease(old));
    assertThat(linux(true).kernel()).hasContent("a kernel");
  }

  @Test
  void anotherPackageOfTheSameVersionIsFetched() throws IOException {
    linux(false);
    publish(Map.of("boot/vmlinux-6.1+x-riscv64", text("rebuilt")), "6.1-1");
    assertThat(linux(true).kernel()).hasContent("rebuilt");
  }

  @Test
  void whatWasCachedBeforeSignaturesWereCheckedIsFetchedAgain() throws IOException {
    linux(false);
    Path kernel = linux(false).kernel().getParent();
    Files.move(kernel, kernel.resolveSibling("kernel-6.1-1-0"));
    assertThat(linux(false).kernel()).hasContent("a kernel");
    assertThat(server.requests()).filteredOn(request -> request.endsWith(KERNEL)).hasSize(2);
  }

  @Test
  void aServerThatIsNoDebianMirrorIsSaid() {
    assertThatThrownBy(() -> images().linux(mirror(server.uri("elsewhere").toString()), false))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("elsewhere/: answers 404")
        .hasMessageContaining("--mirror");
  }

  @Test
  void anAddressThatIsNoneIsSaid() {
    assertThatThrownBy(() -> images().linux(mirror("debian"), false))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'debian' is not the address of a mirror");
  }

  @Test
  void aDamagedRecordIsReplaced() throws IOException {
    linux(false);
    Path record = cache.resolve("debian/selection.json");
    Files.writeString(record, "{ \"kernel\" : ");
    assertThat(linux(false).kernel()).hasContent("a kernel");
    assertThat(ImageSelection.read(record)).isPresent();
  }
}
