namespace Microsoft.ML.Runtime;

/// <summary>The environment of one component.</summary>
internal sealed class Host : HostEnvironmentBase, IHost
{
    public Host(HostEnvironmentBase parent, string name, Random random)
        : base(parent, name, random)
    {
    }

    public Random Rand => Random;
}
