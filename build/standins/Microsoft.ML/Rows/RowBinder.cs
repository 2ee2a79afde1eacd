namespace Microsoft.ML.Data;

/// <summary>Binds the columns of a schema to the members of a row class, and fills objects of that class from rows.</summary>
internal sealed class RowBinder<TRow>
    where TRow : class
{
    private readonly DataViewSchema.Column[] _columns;
    private readonly RowWriter<TRow>[] _writers;

    public RowBinder(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        var columns = new List<DataViewSchema.Column>();
        var writers = new List<RowWriter<TRow>>();
        foreach (RowColumn target in RowColumn.Bind(typeof(TRow), SchemaDefinition.Direction.Write, definition))
        {
            DataViewSchema.Column? source = schema.GetColumnOrNull(target.Name);
            if (source == null)
            {
                if (ignoreMissingColumns)
                {
                    continue;
                }

                throw new ArgumentOutOfRangeException(
                    nameof(schema), $"Could not find column '{target.Name}' in the data view, which has {string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}");
            }

            // Types of their own, such as images, fit only a member that says exactly the same of them, the size for one.
            if (!RowMember.Fits(source.Value.Type, target.MemberType)
                || (source.Value.Type is StructuredDataViewType and not VectorDataViewType && !source.Value.Type.Equals(target.Type)))
            {
                throw new InvalidOperationException(
                    $"Can't bind the IDataView column '{source.Value.Name}' of type '{source.Value.Type}' to field or property '{target.Member.Name}' of type '{target.MemberType.FullName}'.");
            }

            columns.Add(source.Value);
            writers.Add(RowWriter<TRow>.Create(target));
        }

        _columns = columns.ToArray();
        _writers = writers.ToArray();
    }

    public IReadOnlyList<DataViewSchema.Column> Columns => _columns;

    /// <summary>What fills an object with the values of the current row of <paramref name="source"/>.</summary>
    public Action<TRow> MakeFiller(DataViewRow source)
    {
        var setters = new Action<TRow>[_writers.Length];
        for (int i = 0; i < setters.Length; i++)
        {
            setters[i] = _writers[i].MakeSetter(source, _columns[i]);
        }

        return row =>
        {
            foreach (Action<TRow> set in setters)
            {
                set(row);
            }
        };
    }
}
