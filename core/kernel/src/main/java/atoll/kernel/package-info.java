/**
 * The microhypervisor, modelled on NOVA and L4: six kinds of object, named by capabilities, and the
 * physical CPUs that run them by one of five scheduling policies.
 *
 * <p>{@link atoll.kernel.Microkernel} is the root authority and belongs to the code that assembles
 * the system; a monitor gets {@link atoll.kernel.SystemCalls}, bound to the domain of its own
 * virtual machine, and can name nothing else. Exits of guest code arrive at portals on the thread
 * of the vCPU that caused them.
 *
 * <p>Must not be here: devices, an instruction set, files, configuration. At most 5,000 lines.
 */
package atoll.kernel;
