namespace Microsoft.ML.Data;

public sealed partial class SchemaDefinition
{
    /// <summary>One member of a row class as a column.</summary>
    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();

        internal Column(string memberName, DataViewType columnType, string columnName)
        {
            MemberName = memberName;
            ColumnType = columnType;
            ColumnName = columnName;
        }

        public string MemberName { get; }

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations => _annotations.ToAnnotations();

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            if (_annotations.ToAnnotations().Schema.GetColumnOrNull(kind) != null)
            {
                throw new InvalidOperationException($"Column '{ColumnName}' already contains an annotation of kind '{kind}'.");
            }

            _annotations.Add(kind, annotationType, (ref T destination) => ValueCopy<T>.Copy(in value, ref destination));
        }

        internal void AddAnnotations(DataViewSchema.Annotations annotations)
        {
            DataViewSchema own = _annotations.ToAnnotations().Schema;
            _annotations.Add(annotations, kind => own.GetColumnOrNull(kind) == null);
        }
    }
}
