package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands and files of a Linux guest by the library. */
@Tag("slow")
class LinuxSystemTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @TempDir Path folder;

  @BeforeEach
  void findTheKernel() {
    assumeTrue(Linux.present(), "there is no Debian kernel in the cache, nor network");
  }

  @Test
  void commandsRunByItsAgentAndFilesGoBothWays() throws IOException {
    try (AtollSystem system = Atoll.linux().memory("256M").start()) {
      use(system.vm());
      system.vm().console().skip();
      besideEachOther(system.vm());
      assertThat(system.vm().console().find(Pattern.compile("\\S"), Duration.ofMillis(20)))
          .isEmpty();
    }
  }

  /** The second ends first, and the first by it. */
  private static void besideEachOther(Vm vm) {
    CompletableFuture<CommandResult> first = new CompletableFuture<>();
    Thread ignored =
        Thread.ofVirtual()
            .start(() ->
                first.complete(
                    vm.run("until [ -e /tmp/go ]; do sleep 0.1; done; echo gone", LIMIT)));
    assertThat(vm.run("touch /tmp/go; (sleep 1000 &) ; echo touched", LIMIT).output())
        .isEqualTo("touched");
    assertThat(first.join().output()).isEqualTo("gone");
  }

  /** A scenario's Linux has an agent as well, and so its console for itself. */
  @Test
  void inAScenarioToo() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            "{machine: {cpus: 1, memory: 256M}, vms: {one: {builtin: linux, memory: 256M}}}");
    try (AtollSystem system = Atoll.scenario(file).start()) {
      assertThat(run(system.vm(), "pidof atoll-agent | wc -w").output()).isIn("1", "2");
      assertThat(system.vm().console().text()).doesNotContain("@atoll-", "pidof");
    }
    try (AtollSystem system = Atoll.scenario(file).agent(false).start()) {
      assertThat(run(system.vm(), "pidof atoll-agent; ls /sbin/atoll-agent").exitCode()).isOne();
    }
  }

  /** By the kernel's own drivers for input devices and LEDs, and by its power button. */
  @Test
  void itsButtonsAreKeysAndItsLedsAreLeds() {
    try (AtollSystem system =
        Atoll.linux().memory("256M").button("power").button("user").led("status").start()) {
      Vm vm = system.vm();
      assertThat(run(vm, "cat /sys/class/input/event0/device/name").output())
          .isEqualTo("Atoll buttons");
      assertThat(run(vm, "echo 1 >/sys/class/leds/status/brightness").exitCode()).isZero();
      vm.led("status").await(true, LIMIT);
      run(
              vm,
              "(exec 3</dev/input/event0; : >/tmp/open; head -c 96 <&3 >/tmp/keys; : >/tmp/done)"
                  + " >/dev/null 2>&1 </dev/null &")
          .orThrow();
      awaitFile(vm, "/tmp/open"); // a device has the events of those only who have opened it
      vm.button("user").press(Duration.ofMillis(20));
      awaitFile(vm, "/tmp/done");
      assertThat(run(vm, "od -An -v -t d2 -w24 /tmp/keys | awk '{print $9, $10, $11}'").output())
          .isEqualTo("1 256 1\n0 0 0\n1 256 0\n0 0 0");
      assertThat(vm.powerdown(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
    }
  }

  private static void awaitFile(Vm vm, String file) {
    run(vm, "until [ -e %s ]; do sleep 0.05; done".formatted(file)).orThrow();
  }

  /** There the kernel's messages are in between, and every character is an exit. */
  @Test
  void theSameOnASerialConsoleWithAnEcho() throws IOException {
    try (AtollSystem system =
        Atoll.linux().memory("256M").agent(false).append("console=ttyS0").start()) {
      run(system.vm(), "stty echo </dev/ttyS0").orThrow();
      use(system.vm());
      CommandResult noise =
          run(system.vm(), "seq 1 300; for n in 1 2 3; do echo noise $n >/dev/kmsg; done");
      assertThat(noise.outputBytes()).hasSize(1092);
      assertThat(run(system.vm(), "ls -A /tmp | wc -l").output())
          .isEqualTo("4"); // with the three of this command alone
    }
  }

  private static CommandResult run(Vm vm, String command) {
    return vm.run(command, LIMIT);
  }

  private void use(Vm vm) throws IOException {
    assertThat(vm.run("uname -sm", LIMIT).output()).isEqualTo("Linux riscv64");
    CommandResult both = run(vm, "echo to out; echo 'to err' >&2; exit 7");
    assertThat(both.output()).isEqualTo("to out");
    assertThat(both.error()).isEqualTo("to err");
    assertThat(both.exitCode()).isEqualTo(7);
    assertThatThrownBy(both::orThrow)
        .hasMessageStartingWith("'echo to out; echo 'to err' >&2; exit 7' ended with code 7");
    assertThat(run(vm, "kill -9 $$").exitCode()).isEqualTo(137);
    assertThat(run(vm, "cat").output()).isEmpty(); // there is no input to wait for
    String word = "x".repeat(5000);
    assertThat(run(vm, "cat <<END\n" + word + " ü '\"$HOME\\x\nEND").output())
        .isEqualTo(word + " ü '\"/root\\x");
    roundTrip(vm);
    CommandException late =
        catchThrowableOfType(
            CommandException.class,
            () -> vm.run("echo before; sleep 1000; echo after", Duration.ofMillis(300)));
    assertThat(late).hasMessageContaining("has not ended within 300 ms of guest time");
    assertThat(late.output()).isIn("", "before\n"); // a slow host has not come to it
    assertThat(run(vm, "echo the shell is back").output()).isEqualTo("the shell is back");
  }

  private void roundTrip(Vm vm) throws IOException {
    byte[] bytes = new byte[30_001];
    new Random(1).nextBytes(bytes);
    Path there = Files.write(folder.resolve("a program"), bytes);
    assertThat(there.toFile().setExecutable(true)).isTrue();
    vm.copyIn(there, "/tmp/it's a program");
    assertThat(run(vm, "cd /tmp; cat it* | wc -c; [ -x it* ]").orThrow().output())
        .isEqualTo("30001");
    Path back = folder.resolve("back");
    vm.copyOut("/tmp/it's a program", back);
    assertThat(back).hasBinaryContent(bytes);
    vm.writeFile("/etc/empty", new byte[0]);
    assertThat(vm.readFile("/etc/empty")).isEmpty();
    assertThatThrownBy(() -> vm.readFile("/no/such"))
        .isInstanceOf(CommandException.class)
        .hasMessageStartingWith("/no/such is no file in the guest that can be read");
    assertThatThrownBy(() -> vm.writeFile("/no/such", bytes))
        .isInstanceOf(CommandException.class)
        .hasMessageStartingWith("/no/such cannot be written in the guest");
    assertThatThrownBy(() -> vm.copyIn(folder.resolve("none"), "/tmp/none"))
        .isInstanceOf(AtollException.class)
        .hasMessageEndingWith("none cannot be read: there is no such file or folder");
    assertThat(run(vm, "ls /tmp").output()).isEqualTo("it's a program");
  }

  @Test
  void aLifeAfterAResetHasAnAgentTooAndACommandThatEndsItIsSaidToHaveDoneSo() {
    try (AtollSystem system = Atoll.linux().memory("256M").start()) {
      run(system.vm(), "touch /tmp/here").orThrow();
      system.vm().reset();
      assertThat(system.vm().run("ls /tmp", LIMIT).output()).isEmpty();
      assertThatThrownBy(() -> system.vm().run("poweroff -f", LIMIT))
          .isInstanceOf(CommandException.class)
          .hasMessageStartingWith("vm switched itself off");
      assertThat(system.vm().awaitEnd(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
      assertThat(system.vm().console().text()).contains("Linux version").contains("atoll:");
    }
  }
}
