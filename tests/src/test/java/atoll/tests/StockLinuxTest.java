package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.VmDescription;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ManagedMachine;
import atoll.testkit.ScriptedConsole;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stock Linux guest's own files: its init, its modules, its commands. */
@Tag("slow")
class StockLinuxTest {
  private static final String PROMPT = "~# ";

  @BeforeEach
  void findTheKernel() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private static VmDescription machine(String words, Optional<Path> tree, boolean virtioConsole) {
    return ManagedMachine.vm(ManagedMachine.linux(words, tree), "auto", 1, List.of())
        .console(virtioConsole ? ConsoleKind.VIRTIO : ConsoleKind.SERIAL)
        .build();
  }

  private static ManagedMachine start(String words, boolean virtioConsole) {
    return ManagedMachine.start(machine(words, Optional.empty(), virtioConsole));
  }

  private static Outcome end(String command) throws InterruptedException {
    try (ManagedMachine machine = start("", true)) {
      machine.virtio().await(PROMPT, LIMIT);
      machine.virtio().type(command + "\n");
      Outcome outcome = machine.end(LIMIT);
      assertThat(machine.virtio().text()).doesNotContain("bad number", "Usage");
      return outcome;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reboot", "reboot -f", "reboot -nf -d1"})
  void rebootIsAReset(String command) throws InterruptedException {
    assertThat(end(command)).isEqualTo(new Outcome.Reset());
  }

  @ParameterizedTest
  @ValueSource(strings = {"poweroff -f", "poweroff -n -d 1", "halt", "halt -f"})
  void poweroffAndHaltSwitchOffWithoutAFailure(String command) throws InterruptedException {
    assertThat(end(command)).isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void aWrongOptionEndsNothingAndIsSaidAndTheShellsCodeIsTheMachines() throws InterruptedException {
    try (ManagedMachine machine = start("", true)) {
      ScriptedConsole console = machine.virtio();
      console.await(PROMPT, LIMIT);
      console.type("reboot -x; echo code $?\n");
      assertThat(console.await("code 1", LIMIT)).contains("invalid option", "Usage: reboot");
      console.type("poweroff -d soon; echo code $?\n");
      assertThat(console.await("code 1", LIMIT)).contains("soon");
      console.type("halt -f -d soon; echo code $?\n");
      assertThat(console.await("code 1", LIMIT)).contains("soon");
      console.type("(exit 4)\nexit\n");
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(4));
    }
  }

  /** The command line begins with {@code console=ttyS0}; these words are behind it. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          '',                          true,  hvc0
          '',                          false, ttyS0
          console=ttyS0,               true,  ttyS0
          'console=ttyS0,115200n8',    true,  ttyS0
          console=ttyS0 console=hvc0,  true,  hvc0
          console=hvc0,                true,  hvc0
          console=hvc0,                false, ttyS0
          console=ttyS7,               true,  ttyS0
          """)
  void theShellIsOnTheConsoleThatIsAskedFor(String words, boolean virtioConsole, String terminal)
      throws InterruptedException {
    try (ManagedMachine machine = start(words, virtioConsole)) {
      ScriptedConsole console = terminal.equals("hvc0") ? machine.virtio() : machine.serial();
      console.await(PROMPT, LIMIT);
      // What is typed goes to the virtio console if there is one, wherever the shell is.
      if (terminal.equals("hvc0") || !virtioConsole) {
        console.type("tty; exit\n");
        console.await("/dev/" + terminal, LIMIT);
        assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      }
    }
  }

  /** It wipes the seed with no-operations, which leaves all else where it was. */
  @Test
  void itFindsTheTreeThatIsDumped(@TempDir Path folder) throws IOException, InterruptedException {
    Path disk = Files.write(folder.resolve("disk"), new byte[4096]);
    VmDescription vm =
        ManagedMachine.vm(
                ManagedMachine.linux("", Optional.empty()),
                "auto",
                2,
                List.of(new DiskSpec(disk, false)))
            .console(ConsoleKind.VIRTIO)
            .build();
    byte[] dumped = ManagedMachine.deviceTree(vm);
    try (ManagedMachine machine = ManagedMachine.start(vm)) {
      machine.virtio().await(PROMPT, LIMIT);
      machine.virtio().type("echo BEGIN; base64 -w 0 /sys/firmware/fdt; echo; echo END\nexit\n");
      machine.virtio().await("BEGIN", LIMIT);
      String text = machine.virtio().await("END", LIMIT).replace("END", "").strip();
      byte[] found = Base64.getDecoder().decode(text);
      assertThat(found).hasSameSizeAs(dumped);
      int at = seedProperty(dumped);
      System.arraycopy(dumped, at, found, at, 12 + 64);
      assertThat(found).isEqualTo(dumped);
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  /** The offset of the property's token: it, length and name come before the value. */
  private static int seedProperty(byte[] blob) {
    return Arrays.mismatch(blob, DumpedTreeTest.withoutSeed(blob)) / 4 * 4 - 12;
  }

  @Test
  void itsDumpedTreeGivenBackHasAShellThatListens(@TempDir Path folder)
      throws IOException, InterruptedException {
    byte[] dumped = ManagedMachine.deviceTree(machine("", Optional.empty(), true));
    Path tree = Files.write(folder.resolve("t.dtb"), dumped);
    try (ManagedMachine machine = ManagedMachine.start(machine("", Optional.of(tree), true))) {
      machine.virtio().await(PROMPT, LIMIT);
      machine.virtio().type("tty; exit 9\n");
      machine.virtio().await("/dev/hvc0", LIMIT);
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(9));
    }
  }

  @Test
  void everyModuleIsInsertedWithWhatItNeedsAndWithoutAComplaint() throws InterruptedException {
    try (ManagedMachine machine = start("", true)) {
      ScriptedConsole console = machine.virtio();
      console.await(PROMPT, LIMIT);
      console.type(
          """
          for m in $(cut -d. -f1 /lib/modules/*/modules.dep); do modprobe $m || echo FAILED $m; done
          lsmod | grep -c -E '^(virtio_net|net_failover|failover|ext4|9p|overlay) '
          dmesg | grep -i -E 'unknown symbol|invalid elf|taint'
          echo DONE
          exit
          """);
      String text = console.await("DONE", LIMIT);
      assertThat(text).doesNotContain("FAILED", "nknown symbol", "nvalid ELF", "taint");
      assertThat(text).containsPattern("\\b6\r?\n");
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }
}
