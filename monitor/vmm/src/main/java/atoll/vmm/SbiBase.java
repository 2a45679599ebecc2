package atoll.vmm;

import atoll.isa.CsrNumber;
import atoll.state.Unsaved;
import java.util.List;

/** The extensions that can be called (SBI §4). */
final class SbiBase implements SbiExtension {
  private static final int ID = 0x10;
  private static final int SPEC_VERSION = 0;
  private static final int IMPL_ID = 1;
  private static final int IMPL_VERSION = 2;
  private static final int PROBE = 3;
  private static final int MVENDORID = 4;
  private static final int MARCHID = 5;
  private static final int MIMPID = 6;

  /** "ATOL": the specification's table, which ends at small numbers, does not list Atoll. */
  private static final long ATOLL = 0x41544f4c;

  private static final long ATOLL_VERSION = 1;

  @Unsaved("as it was made")
  private final List<SbiExtension> others;

  SbiBase(List<SbiExtension> others) {
    this.others = List.copyOf(others);
  }

  @Override
  public String name() {
    return "BASE";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    return switch (call.function()) {
      case SPEC_VERSION -> SbiReply.value(Sbi.VERSION);
      case IMPL_ID -> SbiReply.value(ATOLL);
      case IMPL_VERSION -> SbiReply.value(ATOLL_VERSION);
      case PROBE -> SbiReply.value(probe((int) call.argument(0)));
      case MVENDORID -> SbiReply.value(call.hart().csr(CsrNumber.MVENDORID));
      case MARCHID -> SbiReply.value(call.hart().csr(CsrNumber.MARCHID));
      case MIMPID -> SbiReply.value(call.hart().csr(CsrNumber.MIMPID));
      default -> SbiReply.error(SbiError.NOT_SUPPORTED);
    };
  }

  private int probe(int extension) {
    return covers(extension) || others.stream().anyMatch(e -> e.covers(extension)) ? 1 : 0;
  }
}
