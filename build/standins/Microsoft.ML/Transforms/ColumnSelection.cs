namespace Microsoft.ML.Transforms;

/// <summary>Which columns are kept, and in which order.</summary>
internal sealed class ColumnSelection
{
    /// <summary>Whether the named columns are those that stay or those that go.</summary>
    public enum Mode : byte
    {
        Keep,
        Drop,
    }

    private readonly HashSet<string> _set;

    public ColumnSelection(string[] names, Mode mode, bool keepHidden)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (Array.Exists(names, string.IsNullOrEmpty))
        {
            throw new ArgumentException("A column has no empty name.", nameof(names));
        }
        if (names.Length == 0)
        {
            throw new InvalidOperationException("Name at least one column to keep or to drop.");
        }
        _set = new HashSet<string>(names, StringComparer.Ordinal);
        Names = [.. names];
        Selecting = mode;
        KeepHidden = keepHidden;
    }

    public IReadOnlyList<string> Names { get; }

    public Mode Selecting { get; }

    public bool KeepHidden { get; }

    /// <summary>The indices of the columns that are kept, in order.</summary>
    public int[] Apply(DataViewSchema schema)
    {
        foreach (string name in Names)
        {
            schema.FindForRole("input", name);
        }

        IEnumerable<DataViewSchema.Column> candidates = schema.Where(c => KeepHidden || !c.IsHidden);
        return Selecting == Mode.Drop
            ? [.. candidates.Where(c => !_set.Contains(c.Name)).Select(c => c.Index)]
            : [.. Names.SelectMany(name => candidates.Where(c => c.Name == name)).Select(c => c.Index)];
    }

    /// <summary>The columns that are kept, in order.</summary>
    public SchemaShape Apply(SchemaShape schema)
    {
        List<SchemaShape.Column> named = [.. Names.Select(name => schema.FindForRole("input", name))];
        return new SchemaShape(Selecting == Mode.Keep ? named : schema.Where(c => !_set.Contains(c.Name)));
    }
}
