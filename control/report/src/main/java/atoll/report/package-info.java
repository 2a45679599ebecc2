/**
 * What a virtual machine was doing when it could not go on: looked at once, as a {@link
 * atoll.report.CrashReport}, by the names of {@link atoll.report.Symbols}. Nothing here knows how a
 * machine is made, or where a report is shown.
 */
package atoll.report;
