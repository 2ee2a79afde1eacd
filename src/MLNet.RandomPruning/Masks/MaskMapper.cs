using Microsoft.ML;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Masks;

/// <summary>Rows with a mask column: each holds the network's name, and nothing is computed for it.</summary>
internal sealed class MaskMapper(DataViewSchema input, string columnName, byte[] masks, string networkName)
    : ColumnAddingMapper(input, MaskColumn.Add(input, columnName, masks))
{
    private readonly ReadOnlyMemory<char> _value = networkName.AsMemory();

    protected override IEnumerable<DataViewSchema.Column> Sources => [];

    public override DataViewRowCursor OpenCursor(DataViewRowCursor source, DataViewSchema.Column[] columns) => new PassingCursor(this, source, columns);

    protected override DataViewRow OpenRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) => new PassingRow(this, row, activeColumns);

    protected override Delegate ConstantGetter(DataViewSchema.Column column) => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _value);
}
