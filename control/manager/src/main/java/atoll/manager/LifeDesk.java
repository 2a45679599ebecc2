package atoll.manager;

import atoll.image.Words;

/** Performs {@link LifeAction}s. */
final class LifeDesk implements Desk<LifeAction<?>> {
  private final PresentSystem system;

  LifeDesk(PresentSystem system) {
    this.system = system;
  }

  /** Something that is done to one machine of a system, and may wait for it. */
  private interface Operation {
    void perform(VmSupervisor vm) throws InterruptedException;
  }

  @Override
  public VmStatus perform(LifeAction<?> action, EventListener listener) {
    return switch (action) {
      case LifeAction.Start(String vm) -> operate(vm, VmSupervisor::start);
      case LifeAction.Stop(String vm) -> operate(vm, VmSupervisor::stop);
      case LifeAction.Pause(String vm) -> operate(vm, VmSupervisor::pause);
      case LifeAction.Resume(String vm) -> operate(vm, VmSupervisor::resume);
      case LifeAction.Reset(String vm) -> operate(vm, VmSupervisor::reset);
      case LifeAction.PauseVcpu(String vm, int vcpu) ->
          operate(vm, supervisor -> supervisor.controls().pauseVcpu(vcpu));
      case LifeAction.ResumeVcpu(String vm, int vcpu) ->
          operate(vm, supervisor -> supervisor.controls().resumeVcpu(vcpu));
    };
  }

  private VmStatus operate(String name, Operation operation) {
    VmSupervisor vm = system.vm(name);
    return Desk.waiting(
        () -> {
          operation.perform(vm);
          return vm.status();
        },
        () -> "the wait was interrupted; %s is %s".formatted(name, Words.of(vm.status())));
  }
}
