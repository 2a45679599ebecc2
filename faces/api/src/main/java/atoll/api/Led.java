package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import atoll.scenario.TimeAmount;
import java.time.Duration;
import java.util.Optional;

/** An LED at a VM's front, which its guest lights by a pin of the GPIO controller. */
public final class Led {
  private final Vm vm;
  private final String name;
  private final SystemLife life;

  Led(Vm vm, String name, SystemLife life) {
    this.vm = vm;
    this.name = name;
    this.life = life;
  }

  /**
   * What it is called.
   *
   * @return its name in the scenario, or in {@link VmBuilder#led}
   */
  public String name() {
    return name;
  }

  /**
   * Whether it is lit.
   *
   * @return at this moment; false without a life
   */
  public boolean lit() {
    return life.watch().ask(vm.name(), watch -> watch.led(name).lit());
  }

  /**
   * How often it has gone on or off in the VM's present or last life.
   *
   * @return 0 if it has always been dark
   */
  public long changes() {
    return life.watch().ask(vm.name(), watch -> watch.led(name).changes());
  }

  /**
   * Waits until it is lit, or dark; returns at once if it is.
   *
   * @param lit which of the two
   * @param limit in guest time
   * @throws ExpectationException if it has not come to that, with the tail of the VM's console
   */
  public void await(boolean lit, Duration limit) {
    Awaited<Boolean> got =
        life.await(() -> lit() == lit ? Optional.of(true) : Optional.empty(), vm::hopeless, limit);
    if (got.reason().isPresent()) {
      Reason reason = got.reason().get();
      throw new ExpectationException(
          reason,
          "LED %s of %s has not gone %s within %s of guest time%s"
              .formatted(
                  name,
                  vm.name(),
                  lit ? "on" : "off",
                  TimeAmount.inWords(limit),
                  reason == Reason.TIME ? "" : "; " + vm.inWords()),
          vm.tail());
    }
  }

  @Override
  public String toString() {
    return "LED %s of %s".formatted(name, vm.name());
  }
}
