package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.BaseSystem;
import atoll.image.ImageFiles;
import atoll.image.MirrorChoice;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.image.UserDisk;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.testkit.ManagedMachine;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small image is built of Debian's own packages, and runs: what {@code atoll image build} and
 * {@code atoll run NAME} do. Its init is a script that says what it finds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class DiskImageTest {
  private static final String NAME = "atoll-test";

  /** {@code VERITY} has each block of the disk checked; nothing stays on it then. */
  private static final Recipe.Boot BOOT =
      Recipe.Boot.valueOf(System.getProperty("atoll.test.boot", "KERNEL"));

  private static final String SECOND = BOOT == Recipe.Boot.KERNEL ? "starts 2" : "starts 1";

  private static final String INIT =
      """
      #!/bin/sh
      mount -t proc proc /proc
      echo "host $(cat /etc/hostname), $(cat /etc/made)"
      echo "given $(cat /root/given 2>/dev/null), keys $(cat /root/.ssh/authorized_keys 2>/dev/null)"
      echo "in memory $(cat /run/given 2>/dev/null), $(grep -c ' /run tmpfs ' /proc/mounts)"
      if [ -e /root/given ]; then # It takes some seconds, so once.
        echo "packages $(dpkg-query -W -f '${db:Status-Abbrev}|' | tr '|' '\\n' | sort -u | tr -d ' \\n')"
        dpkg --audit
        echo "changed $(dpkg --verify 2>&1 | grep -v ' c ' | head -3)"
      fi
      echo "starts $(echo x >>/starts; wc -l </starts)"
      sync
      echo o >/proc/sysrq-trigger
      sleep 100
      """;

  @TempDir private static Path data;
  private Manager manager;
  private ImageFiles image;

  private static String variable(String name) {
    return name.equals("XDG_DATA_HOME") ? data.toString() : System.getenv(name);
  }

  private static Recipe recipe(List<String> commands) {
    return new Recipe(
        NAME,
        "trixie",
        Optional.empty(),
        BaseSystem.ESSENTIAL,
        List.of("mount"),
        false,
        1L << 30,
        "small",
        Map.of("/usr/sbin/init", new Recipe.AddedFile(Optional.empty(), INIT, 0755)),
        commands,
        BOOT);
  }

  private ImageFiles build(Recipe recipe) {
    return manager.perform(new ImageAction.BuildImage(recipe, MirrorChoice.USUAL, true, "auto", 1));
  }

  @BeforeAll
  void buildIt() {
    manager = new Manager(Clock.host(), Effects.host(), DiskImageTest::variable);
    try {
      image = build(recipe(List.of("echo made >/etc/made")));
    } catch (RefusedException e) {
      if (e.getMessage().startsWith("no Debian mirror")
          || e.getMessage().contains("no mirror of")) {
        abort("no mirror of Debian can be reached");
      }
      throw e;
    }
  }

  @AfterAll
  void removeIt() {
    if (image != null) {
      assertThat(manager.perform(new ImageAction.RemoveImage(NAME, true))).isPositive();
      assertThat(manager.perform(new ImageAction.HasImage(NAME))).isFalse();
    }
  }

  private String run(UserDisk disk, Map<String, Path> files, List<Path> keys)
      throws InterruptedException {
    Guest.Images images =
        new Guest.Images(
            Optional.of(disk.kernel()),
            Optional.empty(),
            Optional.of(disk.initramfs()),
            Optional.empty(),
            "");
    Guest guest = new Guest.Installed(NAME, "vt100", images, keys);
    try (ManagedMachine machine =
        ManagedMachine.start(
            ManagedMachine.vm(guest, "auto", 1, List.of(new DiskSpec(disk.disk(), false)))
                .console(ConsoleKind.VIRTIO)
                .files(files)
                .build())) {
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      return machine.serial().text() + machine.virtio().text();
    }
  }

  @Test
  void anImageRunsItsPackagesAreConfiguredAndWhatIsWrittenStaysOnTheDiskAndNotInTheImage()
      throws IOException, InterruptedException {
    Path given = Files.writeString(data.resolve("given"), "a file");
    Path key = Files.writeString(data.resolve("key.pub"), "ssh-ed25519 AAAA me\n");
    UserDisk disk = manager.perform(new ImageAction.OpenDisk(NAME, true));
    assertThat(run(disk, Map.of("/root/given", given, "/run/given", given), List.of(key)))
        .contains("host small, made", "given a file, keys ssh-ed25519 AAAA me", "starts 1")
        .contains("in memory a file, 1")
        .containsPattern("packages ii\r?\n")
        .containsPattern("changed \r?\n")
        .doesNotContain("The following packages are");
    UserDisk again = manager.perform(new ImageAction.OpenDisk(NAME, false));
    assertThat(run(again, Map.of(), List.of())).contains(SECOND, "in memory , 1");
    assertThat(manager.perform(new ImageAction.VerifyImage(NAME))).isEmpty();
  }

  @Test
  void machinesOfAScenarioHaveDisksOfTheirOwnWhichStayUnlessTheyAreFresh()
      throws IOException, InterruptedException {
    Path file =
        Files.writeString(
            data.resolve("pair.yaml"),
            """
            machine: {cpus: 2, memory: 512M}
            vms:
              kept: {image: %1$s, memory: 256M}
              fresh: {image: {name: %1$s, fresh: true}, memory: 256M}
            """
                .formatted(NAME));
    for (String starts : List.of("starts 1", SECOND)) {
      try (TestSystem system = TestSystem.start(file, DiskImageTest::variable)) {
        for (String vm : List.of("kept", "fresh")) {
          assertThat(system.awaitEnd(vm, 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(0));
        }
        assertThat(system.console("kept").text()).contains(starts, "given , keys");
        assertThat(system.console("fresh").text()).contains("starts 1");
      }
    }
    assertThat(manager.perform(new ImageAction.VerifyImage(NAME))).isEmpty();
  }

  @Test
  void aCommandThatFailsEndsTheBuildAndTheImageStaysAsItWas() {
    assertThatThrownBy(() -> build(recipe(List.of("echo it went wrong; false"))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(
            "the image atoll-test could not be built: the system cannot be configured",
            "  it went wrong",
            "atoll-test.log");
    assertThat(manager.perform(new ImageAction.ListImages())).contains(image);
    assertThat(image.folder().getParent().resolve(".new")).doesNotExist();
  }
}
