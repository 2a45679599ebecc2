package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.image.RefusedException;
import atoll.isa.Assembler;
import atoll.manager.DebugAction;
import atoll.manager.Event;
import atoll.manager.VmStatus;
import atoll.report.CrashReport;
import atoll.report.CrashReport.Call;
import atoll.report.CrashReport.HartScene;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** When a guest fails, there is a report of what it was doing. */
@ParameterizedClass
@ValueSource(strings = {"interpreter", "translator"})
class CrashReportTest {
  private static final long RAM = 0x8000_0000L;
  private static final long KERNEL = RAM + (2 << 20);

  /** Two functions with frame pointers; the inner one loads from where nothing is. */
  private static final String CALLS =
      """
      li sp, 0x80010000
      li s0, 0
      jal outer
      1: j 1b
      .balign 256
      outer: addi sp, sp, -16
      sd ra, 8(sp)
      sd s0, 0(sp)
      addi s0, sp, 16
      jal inner
      1: j 1b
      .balign 256
      inner: li a0, 0x40
      ld a1, 0(a0)
      """;

  private static final String RESET =
      """
      li a7, 0x53525354
      li a6, 0
      li a0, %d
      li a1, %d
      ecall
      1: j 1b
      nop
      nop
      nop
      nop
      """;

  /** Prints what is behind it, from supervisor mode. */
  private static final String PRINT =
      """
      la s1, text
      2: lbu a0, 0(s1)
      beqz a0, 3f
      li a7, 1
      ecall
      addi s1, s1, 1
      j 2b
      3:
      """;

  @Parameter private String engine;
  @TempDir private Path folder;
  private TestSystem system;

  @AfterEach
  void end() {
    if (system != null) {
      system.close();
      system = null;
    }
  }

  private void start(String kind, long at, String program, String keys) throws IOException {
    Files.write(folder.resolve("a.bin"), Assembler.assemble(program, at));
    system =
        TestSystem.start(
            folder,
            """
            machine: {cpus: [fair], memory: 32M}
            vms: {a: {%s: a.bin, memory: 16M, engine: %s%s}}
            """
                .formatted(kind, engine, keys));
  }

  private List<CrashReport> reports() {
    return system.events("a").stream()
        .filter(Event.Crashed.class::isInstance)
        .map(event -> ((Event.Crashed) event).report())
        .toList();
  }

  private CrashReport report() throws InterruptedException {
    TestSystem.End ignored = system.awaitEnd("a", 1, LIMIT);
    assertThat(reports()).hasSize(1);
    return reports().getFirst();
  }

  @Test
  void anExceptionWithoutAHandlerIsToldWithItsPlaceItsCallersAndItsLastExit() throws Exception {
    Path names = folder.resolve("a.map");
    Files.writeString(
        names, "0000000080000000 T start\n0000000080000100 T outer\n0000000080000200 t inner\n");
    start("firmware", RAM, CALLS, ", symbols: a.map, report: a.txt");
    CrashReport report = report();
    HartScene hart = report.harts().getFirst();
    CrashReport.Fault first = hart.first().orElseThrow();
    assertThat(first.cause()).isEqualTo("load access fault");
    assertThat(first.pc()).hasToString("0x80000204 inner+0x4");
    assertThat(first.value()).hasToString("0x40");
    assertThat(first.walk())
        .containsExactly(
            "0x40 is guest-physical 0x40; nothing is translated",
            "there is no memory, and no device that answers");
    assertThat(hart.last().orElseThrow().pc()).hasToString("0x0");
    assertThat(hart.calls().stream().map(Call::returns))
        .extracting(CrashReport.Word::toString)
        .containsExactly("0x80000114 outer+0x14", "0x80000014 start+0x14");
    assertThat(hart.code().stream().filter(CrashReport.Line::next))
        .singleElement()
        .satisfies(line -> assertThat(line.text()).isEqualTo("ld a1, 0(a0)"));
    assertThat(hart.registers().get("a0")).hasToString("0x0000000000000040");
    assertThat(hart.exits().getLast())
        .endsWith("load of 8 bytes at 0x40, nothing answers: access fault");
    String text = report.text(CrashReport.CONSOLE_LINES);
    assertThat(text)
        .startsWith("== a, life 1, at ")
        .contains("s: it cannot go on\n", "=> 0x80000204  00053583  ld a1, 0(a0)\n")
        .contains("and then, where mtvec leads: instruction access fault (cause 1) in M mode");
    assertThat(text.lines().count()).isLessThan(60);
    assertThat(Files.readString(folder.resolve("a.txt"))).isEqualTo(text + "\n");
    system.await("a", VmStatus.ENDED);
    assertThat(system.perform(new DebugAction.Examine("a"))).isEqualTo(report);
  }

  @Test
  void theWalkOfAnAddressSaysWhereItEndsAndWhy() throws Exception {
    start(
        "firmware",
        RAM,
        """
        li t0, -1
        csrw medeleg, t0
        csrw pmpaddr0, t0
        li t0, 0x1f
        csrw pmpcfg0, t0
        li t0, 0x8000000000080001
        csrw satp, t0
        li t0, 0x800
        csrs mstatus, t0
        li t0, 0x80000100
        csrw mepc, t0
        mret
        .balign 256
        li a0, 0x80002000
        sd a0, 0(a0)
        .balign 4096
        .dword 0, 0, 0x2000004b
        """,
        "");
    HartScene hart = report().harts().getFirst();
    assertThat(hart.first().orElseThrow().mode()).isEqualTo("S");
    assertThat(hart.first().orElseThrow().walk())
        .containsExactly(
            "level 2 at 0x80001010: 0x000000002000004b  -A--X-RV",
            "0x80002000 is guest-physical 0x80002000, in a page of 1048576 KiB",
            "the entry does not allow to write");
    assertThat(hart.last().orElseThrow().walk())
        .containsExactly(
            "level 2 at 0x80001000: 0x0000000000000000  --------",
            "0x0 leads nowhere: the entry is not valid");
  }

  @Test
  void aGuestThatEndsItselfForAFailureIsReported() throws Exception {
    start("kernel", KERNEL, RESET.formatted(0, 1), "");
    CrashReport report = report();
    assertThat(report.what()).isEqualTo("ended itself because of a failure");
    assertThat(report.harts().getFirst().exits().getLast())
        .endsWith("SBI SRST, function 0, a0 0x0");
    assertThat(report.notes()).anyMatch(note -> note.contains("symbols"));
  }

  @Test
  void aWatchdogThatWasForgottenIsReportedWithAllHarts() throws Exception {
    start("firmware", RAM, "1: j 1b", ", vcpus: 2, watchdog: 100ms");
    CrashReport report = report();
    assertThat(report.what()).isEqualTo("did not restart its watchdog in time");
    assertThat(report.harts()).extracting(HartScene::hart).containsExactlyInAnyOrder(0, 1);
    assertThat(report.harts()).allMatch(hart -> hart.first().isEmpty());
  }

  @Test
  void namesOfAKernelThatHasMovedAreMovedToo() throws Exception {
    Files.writeString(
        folder.resolve("System.map"),
        "0000000080000000 T _start\n0000000080000100 T handle_exception\n");
    start(
        "kernel",
        KERNEL,
        "la t0, vector\ncsrw stvec, t0\n" + RESET.formatted(0, 1) + ".balign 256\nvector: j vector",
        ", symbols: [System.map]");
    CrashReport report = report();
    assertThat(report.notes())
        .containsExactly(
            "the names are moved by 0x200000, since handle_exception is at 0x80200100");
    assertThat(report.harts().getFirst().csrs().get("stvec"))
        .hasToString("0x80200100 handle_exception");
    assertThat(report.harts().getFirst().registers().get("pc").place())
        .hasValueSatisfying(place -> assertThat(place).startsWith("_start+0x"));
  }

  @Test
  void aResetIsReportedOnlyIfLinuxHasPanickedBefore() throws Exception {
    start(
        "kernel",
        KERNEL,
        PRINT + RESET.formatted(1, 0) + "text: .asciz \"Kernel panic - not syncing: test\\n\"",
        ", restart: {policy: on-reset, max: 1, backoff: 0ms}");
    TestSystem.End ignored = system.awaitEnd("a", 2, LIMIT);
    assertThat(reports()).hasSize(2);
    assertThat(reports().getLast().life()).isEqualTo(2);
    assertThat(reports().getLast().console()).containsExactly("Kernel panic - not syncing: test");
    end();
    start("kernel", KERNEL, RESET.formatted(1, 0), "");
    TestSystem.End quiet = system.awaitEnd("a", 1, LIMIT);
    assertThat(quiet.again()).isFalse();
    assertThat(reports()).isEmpty();
    system.await("a", VmStatus.ENDED);
    assertThatThrownBy(() -> system.perform(new DebugAction.Examine("a")))
        .isInstanceOf(RefusedException.class)
        .hasMessage("a is ended, and no life of it has failed");
  }

  @Test
  void aVmThatRunsIsLookedAtAndGoesOn() throws Exception {
    start("kernel", KERNEL, PRINT + "1: j 1b\ntext: .asciz \"\u001b[1mhere\u001b[0m\\n> \"", "");
    system.console("a").await("> ", LIMIT);
    CrashReport report = system.perform(new DebugAction.Examine("a"));
    assertThat(report.what()).isEqualTo("runs");
    assertThat(report.console()).containsExactly("here", "> ");
    assertThat(report.harts().getFirst().first()).isEmpty();
    assertThat(system.vm("a").status()).isEqualTo(VmStatus.RUNNING);
    assertThat(reports()).isEmpty();
  }

  @Test
  void aFileWithoutNamesIsRefusedBeforeAnythingRuns() {
    assertThatThrownBy(() -> start("firmware", RAM, CALLS, ", symbols: a.bin"))
        .hasMessageContaining("a.bin has no names of places, expected an ELF file with symbols");
  }
}
