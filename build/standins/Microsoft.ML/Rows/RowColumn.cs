using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>A column and the member of a row class that it is bound to.</summary>
internal sealed class RowColumn
{
    private RowColumn(MemberInfo member, string name, DataViewType type, DataViewSchema.Annotations annotations)
    {
        Member = member;
        MemberType = RowMember.ValueType(member);
        Name = name;
        Type = type;
        Annotations = annotations;
    }

    public MemberInfo Member { get; }

    public Type MemberType { get; }

    public string Name { get; }

    public DataViewType Type { get; }

    public DataViewSchema.Annotations Annotations { get; }

    /// <summary>The columns of a row class by a definition, or by its members and their attributes when there is none.</summary>
    public static RowColumn[] Bind(Type rowType, SchemaDefinition.Direction direction, SchemaDefinition definition)
    {
        definition ??= SchemaDefinition.Create(rowType, direction);
        var columns = new RowColumn[definition.Count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < columns.Length; i++)
        {
            SchemaDefinition.Column column = definition[i];
            if (column.MemberName == null)
            {
                throw new ArgumentOutOfRangeException(nameof(definition), "Null field name detected in schema definition");
            }

            MemberInfo member = RowMember.Find(rowType, column.MemberName)
                ?? throw new ArgumentOutOfRangeException(nameof(definition), $"No field or property with name '{column.MemberName}' found in type '{rowType.FullName}'");
            string name = column.ColumnName ?? column.MemberName;
            if (!names.Add(name))
            {
                throw new ArgumentOutOfRangeException(nameof(definition), $"Duplicate column name '{name}' detected, this is disallowed");
            }

            DataViewType type = column.ColumnType ?? RowMember.ColumnType(member);
            if (!RowMember.Fits(type, RowMember.ValueType(member)))
            {
                throw new ArgumentOutOfRangeException(nameof(definition), $"Column '{name}' of type '{type}' does not match member '{member.Name}' of type '{RowMember.ValueType(member).FullName}'");
            }

            columns[i] = new RowColumn(member, name, type, column.Annotations);
        }

        return columns;
    }

    public static DataViewSchema MakeSchema(RowColumn[] columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (RowColumn column in columns)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }

        return builder.ToSchema();
    }

    /// <summary>
    /// The definition of a row class in which the columns that a schema names have the types and annotations of the schema,
    /// which may know more than the class: the size of a vector, the values of a key.
    /// </summary>
    public static SchemaDefinition DefineBySchema(Type rowType, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        SchemaDefinition definition = SchemaDefinition.Create(rowType, SchemaDefinition.Direction.Read);
        foreach (DataViewSchema.Column column in schema)
        {
            if (definition[column.Name] == null)
            {
                throw new InvalidOperationException($"Type {rowType.Name} should contain a member named {column.Name}, as the schema has that column");
            }
        }

        foreach (SchemaDefinition.Column column in definition)
        {
            if (schema.GetColumnOrNull(column.ColumnName) is DataViewSchema.Column known)
            {
                column.ColumnType = known.Type;
                column.AddAnnotations(known.Annotations);
            }
        }

        return definition;
    }
}
