namespace Microsoft.ML.Data;

/// <summary>What a row-to-row transformer is, once it knows its input schema: the columns it adds, and their getters over an input row.</summary>
internal interface IRowMapper
{
    /// <summary>The columns that are added, in order.</summary>
    DataViewSchema.DetachedColumn[] GetOutputColumns();

    /// <summary>Which input columns are needed, by index, for the added columns that are asked for, by index.</summary>
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);

    /// <summary>
    /// The getters, each a <see cref="ValueGetter{TValue}"/> of its column's raw type, null where the column is not asked for.
    /// The disposer (or null) is called once, when the row is disposed.
    /// </summary>
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);

    ITransformer GetTransformer();
}
