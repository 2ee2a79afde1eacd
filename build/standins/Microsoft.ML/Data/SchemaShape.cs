using System.Collections;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>What an estimator knows of a schema before there is data: names and kinds of columns, not sizes.</summary>
public sealed partial class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private readonly Column[] _columns;

    public SchemaShape(IEnumerable<Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _columns = columns.ToArray();
        if (!_columns.All(column => column.IsValid))
        {
            throw new ArgumentException("Some items are not initialized properly.", nameof(columns));
        }
    }

    public int Count => _columns.Length;

    public Column this[int index] => _columns[index];

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The shape of the columns of a schema that are not hidden, with their annotations.</summary>
    internal static SchemaShape Create(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new SchemaShape(schema.Where(column => !column.IsHidden).Select(column => Describe(column, withAnnotations: true)));
    }

    internal bool TryFindColumn(string name, out Column column)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        column = _columns.FirstOrDefault(candidate => candidate.Name == name);
        return column.IsValid;
    }

    private static Column Describe(DataViewSchema.Column column, bool withAnnotations)
    {
        Column.VectorKind kind = column.Type is not VectorDataViewType vector ? Column.VectorKind.Scalar
            : vector.IsKnownSize ? Column.VectorKind.Vector
            : Column.VectorKind.VariableVector;
        DataViewType itemType = column.Type.GetItemType();
        bool isKey = itemType is KeyDataViewType;
        if (isKey)
        {
            itemType = DataViewTypeExtensions.PrimitiveTypeFromType(itemType.RawType);
        }

        SchemaShape annotations = withAnnotations && column.Annotations.Schema.Count > 0
            ? new SchemaShape(column.Annotations.Schema.Select(annotation => Describe(annotation, withAnnotations: false)))
            : null;
        return new Column(column.Name, kind, itemType, isKey, annotations);
    }
}
