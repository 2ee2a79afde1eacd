using MLNet.RandomPruning.Naming;

namespace MLNet.RandomPruning.Pruning.Schedules;

/// <summary>All mask schedules by name. A new one is a class of its own and a line here.</summary>
internal static class MaskScheduleRegistry
{
    public const string Examples = "Static, Gradual(start=0,end=80,interval=100), SET(drop=0.3,interval=100,stop=120) or RigL(drop=0.3,interval=100,stop=120)";

    private static readonly (string Name, Func<ScheduleSettings, MaskSchedule> Read)[] Entries =
    [
        ("Static", settings =>
        {
            settings.AllowOnly();
            return MaskSchedule.Static;
        }),
        (GradualSchedule.BaseName, GradualSchedule.Read),
        (SetSchedule.BaseName, SetSchedule.Read),
        (RigLSchedule.BaseName, RigLSchedule.Read),
    ];

    /// <summary>The schedules with their defaults.</summary>
    public static IReadOnlyList<MaskSchedule> Named { get; } = [.. Entries.Select(entry => entry.Read(new ScheduleSettings(entry.Name, null)))];

    public static MaskSchedule Find(string name)
    {
        var asked = RegistryName.Parse(name);
        foreach (var (known, read) in Entries)
        {
            if (asked.Names(known))
            {
                return read(new ScheduleSettings(known, asked.Settings));
            }
        }

        throw new ArgumentException($"'{name}' is not a known mask schedule; it is one of {Examples}, and each setting may be left out.", nameof(name));
    }
}
