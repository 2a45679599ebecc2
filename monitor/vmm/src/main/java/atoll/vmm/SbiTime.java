package atoll.vmm;

/** The timer of a hart (SBI §6). */
final class SbiTime implements SbiExtension {
  private static final int ID = 0x54494d45;
  private static final int SET_TIMER = 0;

  private final HartTable harts;

  SbiTime(HartTable harts) {
    this.harts = harts;
  }

  @Override
  public String name() {
    return "TIME";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    if (call.function() != SET_TIMER) {
      return SbiReply.error(SbiError.NOT_SUPPORTED);
    }
    set(call, call.argument(0));
    return SbiReply.SUCCESS;
  }

  /** From {@code ticks} of {@code time} on, the timer interrupt is pending, and not before. */
  void set(SbiCall call, long ticks) {
    harts.of(call).events().count(FirmwareEvents.SET_TIMER);
    call.hart().supervisorTimer(ticks);
  }
}
