import './base.css';
import './lanes.css';
