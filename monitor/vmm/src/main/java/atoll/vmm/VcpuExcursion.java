package atoll.vmm;

import atoll.device.Excursion;
import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.kernel.VcpuState;

/** The way of a vCPU into code that is not Atoll's. */
record VcpuExcursion(SystemCalls kernel, HartTable.Row row) implements Excursion {
  @Override
  public void begin() {
    row.vcpu().beginOutside();
  }

  @Override
  public void end() {
    row.vcpu().endOutside();
  }

  @Override
  public void goOnWithout() {
    Status ignored = kernel.goOnWithout(row.slot()); // it may be back meanwhile
  }

  @Override
  public void abandon() {
    goOnWithout();
    Status ignored = kernel.abandon(row.slot());
  }

  @Override
  public boolean stopped() {
    return row.vcpu().condition() == VcpuState.STOPPED;
  }
}
