package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** More of what a user of Debian's gdb types, and what it is told of what there is not. */
@ParameterizedClass
@ValueSource(strings = {"interpreter", "auto"})
class GdbCommandsTest extends UnderGdb {
  private static final int GUEST = 0x100;

  /** The first stage of {@link #HYPERVISOR}'s tables maps this to RAM. */
  private static final long NESTED_RAM = 0x4000_0000L;

  /** Makes both stages of tables, of a gigapage each, and enters VS mode at {@link #GUEST}. */
  private static final String HYPERVISOR =
      """
      li t0, -1
      csrw pmpaddr0, t0
      li t0, 0x1f
      csrw pmpcfg0, t0
      li t0, 0x80004010
      li t1, 0x200000df       # guest-physical RAM is RAM, V R W X U A D
      sd t1, 0(t0)
      li t0, 0x80008008
      li t1, 0x200000cf       # 0x4000_0000 is guest-physical RAM, V R W X A D
      sd t1, 0(t0)
      li t2, 8
      slli t2, t2, 60         # Sv39x4, Sv39
      li t0, 0x80004
      or t0, t0, t2
      csrw hgatp, t0
      li t0, 0x80008
      or t0, t0, t2
      csrw vsatp, t0
      li t0, 1
      slli t0, t0, 39         # MPV
      li t1, 0x800            # MPP: S
      or t0, t0, t1
      csrs mstatus, t0
      li t0, 0x40000100
      csrw mepc, t0
      mret
      """;

  private void start(String guest) throws IOException {
    system =
        TestSystem.start(
            folder,
            """
            machine: {cpus: 1, memory: 16M}
            vms:
              a: {GUEST, memory: 16M, engine: ENGINE}
            gdb: {listen: ./gdb.sock, wait: true}
            """
                .replace("GUEST", guest)
                .replace("ENGINE", engine));
    if (guest.contains("hello")) {
      gdb.run("file " + Road.ROOT.resolve("guests/hello/hello.elf"));
    }
    assertThat(connect()).doesNotContain("rror");
  }

  private String connect() {
    return gdb.run("target extended-remote " + folder.resolve("gdb.sock"));
  }

  private void program(String source) throws IOException {
    Files.write(folder.resolve("a.bin"), Assembler.assemble(source, RAM));
    start("firmware: a.bin");
  }

  @Test
  void aProgramIsLoadedAndCompared() throws IOException {
    start("builtin: hello");
    assertThat(gdb.run("compare-sections")).contains(".rodata").doesNotContain("MIS-MATCHED");
    gdb.run("set {char}&main = 0");
    assertThat(gdb.run("compare-sections .text")).contains("MIS-MATCHED");
    assertThat(gdb.run("load")).contains("Start address 0x0000000080000000");
    assertThat(gdb.run("compare-sections")).contains("matched").doesNotContain("MIS-MATCHED");
    assertThat(gdb.run("tbreak main")).contains("Temporary breakpoint 1");
    assertThat(gdb.run("continue")).contains("Temporary breakpoint 1", "main");
  }

  @Test
  void functionsAreEnteredAndLeft() throws IOException {
    start("builtin: hello");
    assertThat(gdb.run("tbreak print")).contains("Temporary breakpoint 1");
    assertThat(gdb.run("continue")).contains("print");
    assertThat(gdb.run("finish")).contains("Run till exit", "main");
    assertThat(gdb.run("info breakpoints")).contains("No breakpoints");
    gdb.run("set $next = $pc + (*(char *) $pc % 4 == 3 ? 4 : 2)");
    assertThat(gdb.run("until *$next")).contains("main");
    assertThat(gdb.run("p $pc == $next")).endsWith("= 1");
    assertThat(gdb.run("advance print")).contains("print");
    assertThat(gdb.run("stepi 10")).contains("0x000000008000");
    gdb.run("hbreak print");
    assertThat(gdb.run("info breakpoints")).contains("hw breakpoint");
  }

  @Test
  void readsAndWritesAreWatchedApartAndTogether() throws IOException {
    program(
        """
        li a1, 0x80001000
        1: ld a0, 0(a1)
        addi a0, a0, 1
        sd a0, 0(a1)
        j 1b
        """);
    assertThat(gdb.run("rwatch *(long*)0x80001000")).contains("Hardware read watchpoint 1");
    assertThat(gdb.run("continue")).contains("Hardware read watchpoint 1", "Value = 0");
    assertThat(gdb.run("continue")).contains("Hardware read watchpoint 1", "Value = 1");
    gdb.run("delete");
    assertThat(gdb.run("awatch *(long*)0x80001000")).contains("access (read/write)");
    assertThat(gdb.run("continue")).contains("Old value = 1", "New value = 2");
    assertThat(gdb.run("continue")).contains("watchpoint 2", "Value = 2");
    assertThat(gdb.run("continue")).contains("Old value = 2", "New value = 3");
    gdb.run("delete");
    gdb.run("watch *(char*)0x80001000 if *(char*)0x80001000 == 6");
    assertThat(gdb.run("continue")).contains("New value = 6");
  }

  @Test
  void aMachineIsRunAgainAndLetGoAndTakenAgain() throws Exception {
    program("1: addi a0, a0, 1; j 1b");
    gdb.run("stepi 6");
    assertThat(gdb.run("p $a0")).endsWith("= 3");
    gdb.run("set remote exec-file a");
    gdb.run("tbreak *0x80000004");
    assertThat(gdb.run("run")).contains("Temporary breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 1");
    gdb.run("starti");
    assertThat(gdb.run("p/x $pc")).endsWith("= 0x80000000");
    assertThat(gdb.run("detach")).contains("detached");
    while (system.vm("a").statistics().instructions() < 10_000) {
      Thread.onSpinWait();
    }
    assertThat(gdb.run("attach 1")).doesNotContain("rror");
    gdb.run("break *0x80000004");
    assertThat(gdb.run("continue")).contains("Breakpoint 2");
    assertThat(gdb.run("disconnect")).contains("Ending remote debugging");
    assertThat(connect()).doesNotContain("rror");
    assertThat(gdb.run("continue")).contains("Breakpoint 2");
    assertThat(gdb.run("kill")).contains("killed");
    system.await("a", VmStatus.STOPPED);
  }

  @Test
  void whatThereIsNotIsRefusedInASentence() throws IOException {
    program("1: addi a0, a0, 1; j 1b");
    assertThat(gdb.run("info mem")).contains("There are no memory regions defined");
    assertThat(gdb.run("reverse-stepi")).contains("does not support this command");
    gdb.run("disconnect");
    gdb.run("set non-stop on");
    assertThat(connect()).contains("Non-stop mode requested, but remote does not support non-stop");
    gdb.run("set non-stop off");
    assertThat(connect()).doesNotContain("rror");
    assertThat(gdb.run("x/i 0x80000000")).contains("a0,a0,1");
  }

  @Test
  void aGuestsGuestStopsByItsOwnVirtualAddresses() throws IOException {
    byte[] hypervisor = Assembler.assemble(HYPERVISOR, RAM);
    byte[] guest =
        Assembler.assemble("1: addi a0, a0, 1; sd a0, 0x100(a1); j 1b", NESTED_RAM + GUEST);
    ByteBuffer image = ByteBuffer.allocate(GUEST + guest.length);
    image.put(hypervisor).position(GUEST).put(guest);
    Files.write(folder.resolve("a.bin"), image.array());
    start("firmware: a.bin");
    gdb.run("set $a1 = 0x40001000");
    gdb.run("break *0x40000104");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 1");
    assertThat(gdb.run("p $virt")).endsWith("= 1");
    assertThat(gdb.run("p $priv")).endsWith("= 1");
    assertThat(gdb.run("info threads")).contains("a hart 0: VS mode");
    assertThat(gdb.run("x/i $pc")).contains("sd\ta0,256(a1)");
    assertThat(gdb.run("monitor translate pc")).contains("is guest-physical 0x80000104");
    assertThat(gdb.run("stepi")).contains("0x0000000040000108");
    assertThat(gdb.run("p *(long*)0x40001100")).endsWith("= 1");
    gdb.run("delete");
    assertThat(gdb.run("watch *(long*)0x40001100")).contains("Hardware watchpoint");
    assertThat(gdb.run("continue")).contains("Old value = 1", "New value = 2");
  }
}
