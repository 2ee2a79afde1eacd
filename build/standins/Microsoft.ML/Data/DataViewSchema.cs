using System.Collections;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The columns of a data view. Of columns that share a name the last is found by it; the others are hidden.</summary>
public sealed partial class DataViewSchema : IReadOnlyList<DataViewSchema.Column>
{
    private readonly Column[] _columns;
    private readonly Dictionary<string, int> _indexByName;

    private DataViewSchema(IReadOnlyList<DetachedColumn> columns)
    {
        _indexByName = new Dictionary<string, int>(columns.Count, StringComparer.Ordinal);
        for (int i = 0; i < columns.Count; i++)
        {
            _indexByName[columns[i].Name] = i;
        }

        _columns = new Column[columns.Count];
        for (int i = 0; i < columns.Count; i++)
        {
            DetachedColumn column = columns[i];
            _columns[i] = new Column(column.Name, i, _indexByName[column.Name] != i, column.Type, column.Annotations);
        }
    }

    public int Count => _columns.Length;

    public Column this[int columnIndex]
    {
        get
        {
            if ((uint)columnIndex >= (uint)_columns.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(columnIndex), columnIndex, $"The schema has {_columns.Length} columns");
            }

            return _columns[columnIndex];
        }
    }

    public Column this[string name]
    {
        get
        {
            Contracts.CheckName(name);
            if (!_indexByName.TryGetValue(name, out int index))
            {
                throw new ArgumentOutOfRangeException(nameof(name), $"Column '{name}' not found");
            }

            return _columns[index];
        }
    }

    public Column? GetColumnOrNull(string name)
    {
        Contracts.CheckName(name);
        return _indexByName.TryGetValue(name, out int index) ? _columns[index] : null;
    }

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{_columns.Length} columns";
}
