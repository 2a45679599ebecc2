package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.manager.LifeAction;
import atoll.manager.VmStatus;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's gdb debugs bare-metal guests, by what its user types. */
@ParameterizedClass
@ValueSource(strings = {"interpreter", "auto"})
class GdbTest extends UnderGdb {
  /** Two VMs with a program each, of which the first waits for gdb. */
  private void start(String first, String second) throws IOException {
    Files.write(folder.resolve("a.bin"), Assembler.assemble(first, RAM));
    Files.write(folder.resolve("b.bin"), Assembler.assemble(second, RAM));
    system =
        TestSystem.start(
            folder,
            """
            machine: {cpus: 2, memory: 32M}
            vms:
              a: {firmware: a.bin, memory: 16M, engine: ENGINE}
              b: {firmware: b.bin, memory: 16M, engine: ENGINE}
            gdb:
              - {listen: ./a.sock, vms: [a], wait: true}
              - {listen: ./all.sock}
            """
                .replace("ENGINE", engine));
  }

  private void connect(String socket) {
    assertThat(gdb.run("target extended-remote " + folder.resolve(socket))).doesNotContain("rror");
  }

  @Test
  void aProgramIsSteppedBrokenAndWatched() throws IOException {
    start(
        """
        li a2, 0
        li a1, 0x80001000
        1: addi a0, a0, 1
        sd a0, 0(a1)
        jal f
        j 1b
        f: addi a2, a2, 2
        ret
        """,
        "1: j 1b");
    connect("a.sock");
    assertThat(gdb.run("show osabi")).contains("currently \"none\"");
    assertThat(gdb.run("p/x $pc")).endsWith("0x80000000");
    while (!gdb.run("x/i $pc").contains("add\ta0,a0,1")) {
      gdb.run("stepi");
    }
    gdb.run("set $body = $pc");
    assertThat(gdb.run("break *$body+8")).contains("Breakpoint 1");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 1");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 2");
    gdb.run("delete");
    assertThat(gdb.run("watch *(long*)0x80001000")).contains("Hardware watchpoint");
    assertThat(gdb.run("continue")).contains("Old value = 2", "New value = 3");
    gdb.run("delete");
    assertThat(gdb.run("rwatch *(long*)0x80001008")).contains("read watchpoint");
    gdb.run("delete");
    assertThat(gdb.run("hbreak *$body+16")).contains("Hardware assisted breakpoint");
    assertThat(gdb.run("continue")).contains("Breakpoint");
    assertThat(gdb.run("p $a2")).endsWith("= 4");
    gdb.run("delete");
    assertThat(gdb.run("p/x $mstatus")).contains("0x");
    gdb.run("set $mscratch = 0x1234");
    assertThat(gdb.run("p/x $mscratch")).endsWith("0x1234");
    assertThat(gdb.run("p $priv")).endsWith("= 3");
    gdb.run("set $fa0.double = 1.5");
    assertThat(gdb.run("p $fa0.double")).endsWith("1.5");
    gdb.run("set {int}0x80002000 = 77");
    assertThat(gdb.run("p *(int*)0x80002000")).endsWith("= 77");
    assertThat(gdb.run("x/w 0x10000000")).contains("Cannot access memory");
    assertThat(gdb.run("monitor translate 0x80002000")).contains("guest-physical 0x80002000");
    assertThat(gdb.run("monitor trnslate")).contains("did you mean translate");
    assertThat(gdb.run("monitor exits")).contains("break");
    assertThat(gdb.run("info threads")).contains("a hart 0: M mode");
  }

  @Test
  void aGuestThatCannotGoOnStopsInTheDebuggerBeforeItEnds() throws IOException {
    start("li a0, 0x40\nld a1, 0(a0)\n2: addi a2, a2, 1\n j 2b", "1: j 1b");
    connect("a.sock");
    assertThat(gdb.run("continue")).contains("Program received signal SIGSEGV");
    assertThat(gdb.run("p/x $mcause")).as("the loop's last one").endsWith("0x1");
    assertThat(gdb.run("p/x $a0")).endsWith("0x40");
    gdb.run("set $pc = 0x80000008"); // helped, it goes on
    gdb.run("break *0x80000008");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    gdb.run("delete");
    gdb.run("set $pc = 0x80000000");
    assertThat(gdb.run("continue")).contains("Program received signal SIGSEGV");
    assertThat(gdb.run("continue")).contains("Program terminated with signal SIGABRT");
  }

  @Test
  void codeThatTheGuestOrTheDebuggerRewritesIsWhatIsExecuted() throws IOException {
    start(
        """
        li a1, 0x80000100
        li t0, 0x00150513
        sw t0, 0(a1)
        li t0, 0x00008067
        sw t0, 4(a1)
        1: jalr a1
        j 1b
        """,
        "1: j 1b");
    connect("a.sock");
    gdb.run("break *0x80000100");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("x/i $pc")).contains("add\ta0,a0,1");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 1");
    gdb.run("set {int}0x80000100 = 0x06450513"); // addi a0, a0, 100
    assertThat(gdb.run("x/i $pc")).contains("add\ta0,a0,100");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("p $a0")).endsWith("= 101");
  }

  @Test
  void twoVmsAreDebuggedInOneSession() throws IOException {
    start("1: addi a0, a0, 1; j 1b", "1: addi a0, a0, 2; j 1b");
    connect("all.sock");
    assertThat(gdb.run("monitor vms")).contains("a", "attached", "b", "attach 2 takes it");
    gdb.run("add-inferior");
    gdb.run("inferior 2");
    assertThat(gdb.run("attach 2")).doesNotContain("rror");
    assertThat(gdb.run("info inferiors")).contains("process 1", "process 2");
    assertThat(gdb.run("info threads")).contains("a hart 0", "b hart 0");
    assertThat(gdb.run("p $a0 % 2")).endsWith("= 0");
    assertThat(gdb.run("x/i $pc")).containsAnyOf("a0,a0,2", "0x80000000");
    gdb.run("hbreak *0x80000004 thread 2.1");
    gdb.run("set schedule-multiple on");
    assertThat(gdb.run("continue")).contains("2.1", "Breakpoint");
    assertThat(gdb.run("x/i 0x80000000")).contains("a0,a0,2");
    gdb.run("inferior 1");
    assertThat(gdb.run("x/i 0x80000000")).contains("a0,a0,1");
    assertThat(gdb.run("detach")).contains("detached");
  }

  @Test
  void whatGdbDetachesGoesOnAndWhatItKillsEnds() throws Exception {
    start("1: addi a0, a0, 1; j 1b", "1: j 1b");
    connect("a.sock");
    gdb.run("break *0x80000004");
    assertThat(gdb.run("continue")).contains("Breakpoint 1");
    assertThat(gdb.run("detach")).contains("detached");
    assertThat(system.vm("a").status()).isEqualTo(VmStatus.RUNNING);
    long before = system.vm("a").statistics().instructions();
    while (system.vm("a").statistics().instructions() <= before + 100_000) {
      Thread.onSpinWait(); // it goes on, and the breakpoint is gone
    }
    assertThat(gdb.run("attach 1")).doesNotContain("rror");
    assertThat(gdb.run("kill")).contains("killed");
    system.await("a", VmStatus.STOPPED);
    assertThat(system.vm("b").status()).isEqualTo(VmStatus.RUNNING);
  }

  @Test
  void aRunningGuestIsInterruptedAndADebuggerThatVanishesLetsItGo() throws Exception {
    start("1: addi a0, a0, 1; j 1b", "1: j 1b");
    connect("a.sock");
    gdb.begin("continue");
    while (system.vm("a").statistics().instructions() < 1000) {
      Thread.onSpinWait();
    }
    gdb.interrupt();
    assertThat(gdb.finish()).contains("SIGINT");
    long stopped = system.vm("a").statistics().instructions();
    assertThat(gdb.run("p $a0 > 100")).endsWith("= 1");
    assertThat(system.vm("a").statistics().instructions()).isEqualTo(stopped);
    gdb.vanish();
    while (system.vm("a").statistics().instructions() == stopped) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aResetAndAnOperatorsStopAreSeen() throws Exception {
    start("1: addi a0, a0, 1; j 1b", "1: j 1b");
    connect("a.sock");
    gdb.run("stepi 10");
    assertThat(gdb.run("p $a0")).endsWith("= 5");
    assertThat(gdb.run("monitor reset")).contains("before its first instruction");
    gdb.run("maintenance flush register-cache");
    assertThat(gdb.run("p $a0")).endsWith("= 0");
    assertThat(gdb.run("p/x $pc")).endsWith("0x80000000");
    gdb.begin("continue");
    while (system.vm("a").statistics().instructions() < 1000) {
      Thread.onSpinWait();
    }
    assertThat(system.perform(new LifeAction.Stop("a"))).isEqualTo(VmStatus.STOPPED);
    assertThat(gdb.finish()).contains("terminated with signal SIGKILL");
  }

  @Test
  void aGuestWithSymbolsIsDebuggedByThem() throws Exception {
    Path hello = Road.ROOT.resolve("guests/hello/hello.elf");
    system =
        TestSystem.start(
            folder,
            """
            machine: {cpus: 1, memory: 16M}
            vms:
              hello: {builtin: hello, memory: 16M, engine: ENGINE}
            gdb: {listen: ./a.sock, wait: true}
            """
                .replace("ENGINE", engine));
    gdb.run("file " + hello);
    connect("a.sock");
    gdb.run("break main");
    assertThat(gdb.run("continue")).contains("Breakpoint 1", "main");
    gdb.run("tbreak print");
    assertThat(gdb.run("continue")).contains("print");
    assertThat(gdb.run("backtrace")).contains("print", "main");
    assertThat(gdb.run("finish")).contains("Run till exit", "main");
    gdb.run("delete");
    gdb.begin("continue");
    system.console("hello").await("> ", LIMIT);
    system.console("hello").type("poweroff 3\r");
    assertThat(gdb.finish()).contains("exited with code 03");
  }
}
