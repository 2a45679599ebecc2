package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.scenario.Secrecy;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Performs {@link DebugAction}s. */
final class DebugDesk implements Desk<DebugAction<?>> {
  private final PresentSystem system;

  DebugDesk(PresentSystem system) {
    this.system = system;
  }

  @Override
  public Object perform(DebugAction<?> action, EventListener listener) {
    Secrets.require(system.vm(of(action)).description(), leave(action));
    if (changes(action)) {
      SignedParts.requireMemory(system.get(), of(action));
    }
    return switch (action) {
      case DebugAction.ReadRegisters(String vm) -> system.vm(vm).controls().registers();
      case DebugAction.ReadRegister(String vm, int vcpu, String name) ->
          system.vm(vm).controls().ofVcpu(vcpu, machine -> machine.values().register(vcpu, name));
      case DebugAction.WriteRegister(String vm, int vcpu, String name, long value) ->
          system
              .vm(vm)
              .controls()
              .ofVcpu(
                  vcpu, machine -> Desk.done(() -> machine.values().register(vcpu, name, value)));
      case DebugAction.ReadMemory(String vm, long gpa, int length) ->
          system.vm(vm).present(machine -> Bytes.of(machine.values().read(gpa, length), 0, length));
      case DebugAction.WriteMemory(String vm, long gpa, Bytes bytes) ->
          system
              .vm(vm)
              .present(machine -> Desk.done(() -> machine.values().write(gpa, bytes.array())));
      case DebugAction.SampleWrites(String vm, Duration period) -> sample(vm, period);
      case DebugAction.Examine(String vm) ->
          Desk.waiting(
              system.vm(vm)::examine,
              () -> "the wait was interrupted before %s stood still".formatted(vm));
      case DebugAction.DumpCore(String vm, Path file) ->
          Desk.done(() -> CoreFile.write(system.vm(vm), file));
      case DebugAction.ServeDebugger(String vm, DebugAddress where) -> serve(vm, where);
      case DebugAction.OpenDebugger(String vm) -> system.vm(vm).debug();
    };
  }

  private static String of(DebugAction<?> action) {
    return switch (action) {
      case DebugAction.ReadRegisters(String vm) -> vm;
      case DebugAction.ReadRegister read -> read.vm();
      case DebugAction.WriteRegister write -> write.vm();
      case DebugAction.ReadMemory read -> read.vm();
      case DebugAction.WriteMemory write -> write.vm();
      case DebugAction.SampleWrites sample -> sample.vm();
      case DebugAction.Examine(String vm) -> vm;
      case DebugAction.DumpCore dump -> dump.vm();
      case DebugAction.ServeDebugger serve -> serve.vm();
      case DebugAction.OpenDebugger(String vm) -> vm;
    };
  }

  /** A debugger changes what it likes; one that a scenario has was signed with it. */
  private static boolean changes(DebugAction<?> action) {
    return switch (action) {
      case DebugAction.WriteRegister _,
          DebugAction.WriteMemory _,
          DebugAction.ServeDebugger _,
          DebugAction.OpenDebugger _ ->
          true;
      default -> false;
    };
  }

  private static Secrecy.Leave leave(DebugAction<?> action) {
    return switch (action) {
      case DebugAction.Examine _ -> Secrecy.Leave.REPORT;
      case DebugAction.DumpCore _ -> Secrecy.Leave.DUMP;
      default -> Secrecy.Leave.DEBUG;
    };
  }

  /** The answer is what a person types. */
  private String serve(String vm, DebugAddress where) {
    String name = system.vm(vm).description().name();
    return Debuggers.hint(system.get().debug(List.of(name), where));
  }

  private WriteSample sample(String vm, Duration period) {
    RunningSystem present = system.get();
    present.lastSave().drop();
    return Desk.waiting(
        () -> present.vm(vm).controls().sampleWrites(period),
        () -> "interrupted before the time was over");
  }
}
